#!/usr/bin/env bash
# An object store with S3's interface for tests of artifacts: OpenStack Swift with its s3api, which checks signatures (AWS Signature
# Version 4). One disk, one user: access key tester, secret testing, region us-east-1; http on 127.0.0.1.
#
#   object-store.sh FOLDER PORT     serves until it is ended; PORT and the three behind it are used. The folder's file system has to
#                                   have extended attributes. Exit code 77: what it needs is not installed.
set -euo pipefail
folder="$(realpath -m -- "$1")"
port="$2"
for program in swift-ring-builder swift-proxy-server swift-account-server swift-container-server swift-object-server; do
    command -v "$program" >/dev/null || { echo "$program is missing: run ./build.sh setup --lab" >&2; exit 77; }
done
mkdir -p "$folder/etc" "$folder/disks/d1" "$folder/cache"
user="$(id -un)"
printf '[swift-hash]\nswift_hash_path_suffix = lab\nswift_hash_path_prefix = lab\n' > "$folder/etc/swift.conf"

server_of() {
    printf '[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = %s\nworkers = 0\nuser = %s\nswift_dir = %s/etc\ndevices = %s/disks\nmount_check = false\n[pipeline:main]\npipeline = %s-server\n[app:%s-server]\nuse = egg:swift#%s\n' \
        "$2" "$user" "$folder" "$folder" "$1" "$1" "$1" > "$folder/etc/$1.conf"
}

number=0
for kind in account container object; do
    number=$((number + 1))
    at=$((port + number))
    server_of "$kind" "$at"
    (cd "$folder/etc" && swift-ring-builder "$kind.builder" create 4 1 1 && swift-ring-builder "$kind.builder" add --region 1 --zone 1 --ip 127.0.0.1 --port "$at" --device d1 --weight 1 && swift-ring-builder "$kind.builder" rebalance) >/dev/null
done

# Swift's plain users are ACCOUNT:USER, and an access key has no colon: the one user is called by its second half.
cat > "$folder/etc/keynames.py" <<'TEXT'
def factory(global_conf, **local_conf):
    def of(app):
        def call(env, start_response):
            details = env.get('s3api.auth_details')
            if details:
                plain = details['access_key']
                details['access_key'] = 'test:' + plain
                env['PATH_INFO'] = env['PATH_INFO'].replace('/' + plain, '/test:' + plain, 1)
            return app(env, start_response)
        return call
    return of
TEXT

cat > "$folder/etc/proxy.conf" <<TEXT
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
workers = 0
user = $user
swift_dir = $folder/etc
[pipeline:main]
pipeline = catch_errors cache s3api keynames tempauth copy proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:keynames]
paste.filter_factory = keynames:factory
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
TEXT

export PYTHONPATH="$folder/etc"
# Each ends with this script, however that ends.
for kind in account container object proxy; do
    setpriv --pdeathsig TERM "swift-$kind-server" "$folder/etc/$kind.conf" > "$folder/$kind.log" 2>&1 &
done
wait -n
