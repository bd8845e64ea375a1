using Unroll.Training;

namespace Unroll.Tests.Oracles;

public class ScheduleOracleTests
{
    public static TheoryData<string> Cases => [.. All.Select(c => c.Name)];

    private static IEnumerable<OracleCase> All => OracleFile.Of("schedules").Cases.Concat(OracleFile.Of("schedules_more").Cases);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Learning_rates_are_those_of_PyTorch(string name)
    {
        OracleCase c = All.Single(c => c.Name == name);
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
        OracleCase c = All.Single(c => c.Name == name);
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
    public void A_cycle_stays_at_its_end_and_long_runs_do_not_tire_the_restarts()
    {
        Schedule cycle = Schedule.OneCycle(10, final: 0.001);
        Assert.Equal(0.001, cycle.At(9), 1e-15);
        Assert.Equal(cycle.At(9), cycle.At(1000));
        Assert.Equal(1, Schedule.OneCycle(1, rise: 1).At(0));
        Assert.Equal(1, Schedule.CosineRestarts(1000, 2).At(1000L * ((1L << 40) - 1)));        // the first step of the 41st
        Assert.Equal(0.5, Schedule.CosineRestarts(4).At(1_000_000_000_002), 1e-15);
        Assert.Equal(1e-3, Schedule.InverseSquareRoot(4000).At(4_000_000_000 - 1), 1e-15);
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
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Exponential(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Exponential(0.5, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.CosineRestarts(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.CosineRestarts(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.OneCycle(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.OneCycle(10, 1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.InverseSquareRoot(0));
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
            "exponential" => Schedule.Exponential(c.Number("factor"), c.Int("over")),
            "restarts" => Schedule.CosineRestarts(c.Int("first"), c.Int("growth"), c.Number("minimum") / rate),
            "one_cycle" => Schedule.OneCycle(c.Int("total"), c.Number("rise"), c.Number("start"), c.Number("final")),
            "inverse_root" => Schedule.InverseSquareRoot(c.Int("warm_up")),
            "warmup" => (!c.Has("then") ? Schedule.Constant : c.Text("then") == "step" ? Step() : Schedule.Cosine(c.Int("rest"), c.Number("minimum") / rate))
                .WithWarmUp(c.Int("total"), c.Number("start")),
            _ => Schedule.OnPlateau(c.Number("factor"), c.Int("patience"), c.Number("threshold"), c.Text("threshold_mode") == "abs", c.Int("cooldown"), c.Number("min_lr") / rate),
        };

        Schedule Step() => Schedule.Step(c.Int("size"), c.Number("gamma"));
    }
}
