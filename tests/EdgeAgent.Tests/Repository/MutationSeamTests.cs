using System.Reflection;
using EdgeAgent.Core;
using Xunit;

namespace EdgeAgent.Tests.Repository;

/// <summary>The rules that `./build.sh simulate --mutations` breaks can't be broken in what ships.</summary>
public sealed class MutationSeamTests
{
    [Fact]
    public void In_the_product_a_mutation_is_a_constant_that_leaves_nothing_behind()
    {
        var members = typeof(Mutation).GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly);

        Assert.NotEmpty(members);
        Assert.All(members, m => Assert.True(m is FieldInfo { IsLiteral: true } field && field.GetRawConstantValue() is false, $"{m} is not the constant false: was this built with EdgeMutations=true?"));
    }
}
