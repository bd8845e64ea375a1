using Unroll.Training;

namespace Unroll.Tests.Oracles;

public class ScheduleOracleTests
{
    public static TheoryData<string> Cases => OracleFile.Names("schedules");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Learning_rates_are_those_of_PyTorch(string name)
    {
        OracleCase c = OracleFile.Of("schedules")[name];
        Schedule schedule = Make(c);
        double[] rates = c.Outputs["rates"].Data, losses = c.Has("losses") ? c.Numbers("losses") : [];
        for (int i = 0; i < rates.Length; i++)
        {
            Assert.Equal(rates[i], c.Number("lr") * schedule.At(i), 1e-12);
            if (i < losses.Length)
                schedule.Observe(losses[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_schedule_restored_at_any_step_goes_on_the_same(string name)
    {
        OracleCase c = OracleFile.Of("schedules")[name];
        double[] losses = c.Has("losses") ? c.Numbers("losses") : [];
        Schedule whole = Make(c), broken = Make(c);
        for (int i = 0; i < c.Outputs["rates"].Data.Length; i++)
        {
            Assert.Equal(whole.At(i), broken.At(i));
            if (i < losses.Length)
            {
                whole.Observe(losses[i]);
                broken.Observe(losses[i]);
            }
            double[] state = broken.State;
            broken = Make(c);
            if (state.Length > 0)
                broken.State = state;
        }
    }

    [Fact]
    public void A_cosine_stays_at_its_end_and_no_warm_up_is_the_schedule_itself()
    {
        Schedule cosine = Schedule.Cosine(10, 0.25);
        Assert.Equal(0.25, cosine.At(10), 1e-15);
        Assert.Equal(cosine.At(10), cosine.At(1000));
        Assert.Same(cosine, cosine.WithWarmUp(0));
        Assert.Equal(1, Schedule.Constant.At(123456789));
    }

    [Fact]
    public void A_plateau_behind_a_warm_up_falls_and_is_remembered()
    {
        Schedule schedule = Schedule.OnPlateau(0.5, patience: 0).WithWarmUp(4, 0.2);
        foreach (double loss in (double[])[1, 1, 1])
            schedule.Observe(loss);
        Assert.Equal(0.25, schedule.At(4));
        Assert.Equal(0.25 * 0.2, schedule.At(0), 1e-15);
        Schedule other = Schedule.OnPlateau(0.5, patience: 0).WithWarmUp(4, 0.2);
        other.State = schedule.State;
        Assert.Equal(0.25, other.At(4));
    }

    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Step(0, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Cosine(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.OnPlateau(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.OnPlateau(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Constant.WithWarmUp(-1));
    }

    private static Schedule Make(OracleCase c)
    {
        double rate = c.Number("lr");
        return c.Op switch
        {
            "step" => Step(),
            "cosine" => Schedule.Cosine(c.Int("total"), c.Number("minimum") / rate),
            "warmup" => (!c.Has("then") ? Schedule.Constant : c.Text("then") == "step" ? Step() : Schedule.Cosine(c.Int("rest"), c.Number("minimum") / rate))
                .WithWarmUp(c.Int("total"), c.Number("start")),
            _ => Schedule.OnPlateau(c.Number("factor"), c.Int("patience"), c.Number("threshold"), c.Text("threshold_mode") == "abs", c.Int("cooldown"), c.Number("min_lr") / rate),
        };

        Schedule Step() => Schedule.Step(c.Int("size"), c.Number("gamma"));
    }
}
