using EdgeAgent.Core.Expressions;
using Xunit;

namespace EdgeAgent.Tests.Expressions;

public sealed class ErrorTests
{
    [Theory]
    [InlineData("", "column 1: expected a condition such as lsm == apparmor, found the end")]
    [InlineData("\"a\" == 1", "column 1: expected a condition such as lsm == apparmor, found the text \"a\": a fact's name is not quoted")]
    [InlineData("[a] == 1", "column 1: expected a condition such as lsm == apparmor, found '[': a list stands behind 'in'")]
    [InlineData("== 1", "column 1: expected a condition such as lsm == apparmor, found '==': write the fact first")]
    [InlineData("a == 1 && ", "column 11: expected a condition such as lsm == apparmor, found the end")]
    [InlineData("80 > a", "column 1: expected a condition such as lsm == apparmor, found '80': write the fact first, as in sensor.cpu_temp < 80")]
    [InlineData("LSM == a", "column 1: expected a condition such as lsm == apparmor, found 'LSM': facts are lower-case, did you mean lsm?")]
    [InlineData("a..b == 1", "column 1: expected a condition such as lsm == apparmor, found 'a..b': a fact's name has a-z 0-9 _ . - and starts with a letter, at most 128 characters")]
    [InlineData("not a == 1", "column 1: expected a condition such as lsm == apparmor, found 'not': write !( )")]
    [InlineData("in == 1", "column 1: expected a condition such as lsm == apparmor, found 'in': 'in' is a reserved word")]
    [InlineData("tpm", "column 4: expected one of == != < <= > >= in after 'tpm', found the end: a yes-or-no fact is compared too: tpm == true")]
    [InlineData("a = 1", "column 3: '=' is no operator, write ==")]
    [InlineData("a == 1 & b == 1", "column 8: '&' is no operator, write &&")]
    [InlineData("a == 1 | b == 1", "column 8: '|' is no operator, write ||")]
    [InlineData("a == 1 and b == 1", "column 8: expected && or ||, or the end, found 'and': write &&")]
    [InlineData("a == 1 or b == 1", "column 8: expected && or ||, or the end, found 'or': write ||")]
    [InlineData("a == 80 Cel", "column 9: expected && or ||, or the end, found 'Cel': a unit follows its number without a space, as in 80Cel")]
    [InlineData("a == zone b", "column 11: expected && or ||, or the end, found 'b': a text of several words is quoted")]
    [InlineData("a < b < c", "column 3: '<' compares numbers: expected == or != before b")]
    [InlineData("a < 1 < 2", "column 7: expected && or ||, or the end, found '<': join two comparisons with &&")]
    [InlineData("a == 1)", "column 7: expected && or ||, or the end, found ')': there is no '(' before it")]
    [InlineData("(a == 1", "column 8: expected ')' to close the '(' in column 1")]
    [InlineData("(a == 1 b", "column 9: expected && or ||, or the end, found 'b': a text of several words is quoted")]
    [InlineData("!a == 1", "column 2: expected '(' after '!', found 'a': write !(lsm == apparmor), or != for a single condition")]
    [InlineData("a ==", "column 5: expected a value after '==', found the end")]
    [InlineData("a == [x]", "column 6: expected a value after '==', found '[': a list stands behind 'in'")]
    [InlineData("a >= true", "column 3: '>=' compares numbers: expected == or != before true")]
    [InlineData("a == in", "column 6: 'in' is a reserved word: put it in quotes")]
    [InlineData("a in x", "column 6: expected '[' after 'in', found 'x': write in [amd64, arm64]")]
    [InlineData("a in []", "column 7: expected a value in the list, found ']'")]
    [InlineData("a in [x,]", "column 9: expected a value in the list, found ']'")]
    [InlineData("a in [x y]", "column 9: expected ',' or ']', found 'y'")]
    [InlineData("a == 'x", "column 6: the text that starts here has no closing '")]
    [InlineData("a == 'x\n'", "column 8: a text has no control characters")]
    [InlineData("a == 'x\\n'", "column 8: a backslash stands before a quote or a backslash alone, write \\\\")]
    [InlineData("a == 'x\\", "column 8: a backslash stands before a quote or a backslash alone, write \\\\")]
    [InlineData("a < 80°C", "column 7: '°' is no part of a unit, write Cel for degrees Celsius and deg for an angle")]
    [InlineData("a == $x", "column 6: '$' has no meaning here, put text in quotes")]
    [InlineData("a == \0", "column 6: 'U+0000' has no meaning here, put text in quotes")]
    [InlineData("a == -x", "column 6: '-x' does not start with a number: expected a number or a text, text like this is quoted")]
    [InlineData("a == 12345678901234567890123456789", "column 6: '12345678901234567890123456789' has more than 28 digits: expected a number or a text, text like this is quoted")]
    [InlineData("a == 1e19", "column 6: '1e19' has an exponent beyond 18: expected a number or a text, text like this is quoted")]
    [InlineData("a == 10000000000e18", "column 6: '10000000000e18' has more than 28 digits: expected a number or a text, text like this is quoted")]
    [InlineData("a < 80C", "column 5: '80C': 'C' is no unit that is known, did you mean Cel? Units are UCUM's, as in 80Cel, 512Mi, 10s, 50%; other text is quoted")]
    [InlineData("a < 5MS", "column 5: '5MS': 'MS' is no unit that is known, did you mean ms? Units are UCUM's, as in 80Cel, 512Mi, 10s, 50%; other text is quoted")]
    [InlineData("a == 1.29.3", "column 6: '1.29.3': '.3' is no unit that is known. Units are UCUM's, as in 80Cel, 512Mi, 10s, 50%; other text is quoted")]
    public void Error_says_where_what_was_expected_and_what_to_write(string text, string expected)
    {
        var result = Expression.Parse(text);

        Assert.False(result.TryGet(out _, out var error));
        Assert.Equal(expected, error.ToString());
    }

    [Fact]
    public void Error_at_a_limit_names_the_limit()
    {
        Assert.Equal("the expression has 1025 characters: expected at most 1024, split it into several", Expression.Parse(new string('(', 1025)).Error.Message);
        Assert.Equal("expected at most 32 parentheses and '!' inside one another: split the expression into several", Expression.Parse(new string('(', 1024)).Error.Message);
        Assert.Equal("expected at most 32 parentheses and '!' inside one another: split the expression into several", Expression.Parse(new string('!', 1024)).Error.Message);
        Assert.Equal("expected at most 64 values in a list", Expression.Parse("a in [" + string.Join(",", Enumerable.Repeat("1", 65)) + "]").Error.Message);
    }

    [Fact]
    public void Error_quotes_no_more_than_a_line()
    {
        var error = Expression.Parse("a == 1" + new string('x', 1000)).Error;

        Assert.True(error.Message.Length < 300, error.Message);
    }
}
