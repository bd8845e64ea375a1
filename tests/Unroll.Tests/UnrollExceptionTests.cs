namespace Unroll.Tests;

public class UnrollExceptionTests
{
    [Fact]
    public void Keeps_its_message_and_cause()
    {
        var cause = new IOException("disk");
        var e = new UnrollException("cannot write x", cause);
        Assert.Equal("cannot write x", e.Message);
        Assert.Same(cause, e.InnerException);
    }
}
