using System.Globalization;

namespace Unroll.Reports;

/// <summary>Words for a position on a horizontal axis, as precise as the positions around it need.</summary>
internal sealed class TimeLabel
{
    private readonly string? format;

    private TimeLabel(string? format) => this.format = format;

    /// <summary>Labels for these positions.</summary>
    public static TimeLabel For(IEnumerable<double> positions, bool isTime)
    {
        if (!isTime)
        {
            return new TimeLabel(null);
        }

        bool years = true;
        bool months = true;
        bool days = true;
        bool minutes = true;
        foreach (double position in positions.Where(double.IsFinite))
        {
            // Doubles round ticks, so that anything finer than a millisecond is noise.
            DateTime time = ToTime(position);
            minutes &= time.Ticks % TimeSpan.TicksPerMinute == 0;
            days &= time.Ticks % TimeSpan.TicksPerDay == 0;
            months &= days && time.Day == 1;
            years &= months && time.Month == 1;
        }

        return new TimeLabel(years ? "yyyy" : months ? "MMM yyyy" : days ? "d MMM yyyy" : minutes ? "d MMM yyyy HH:mm" : "d MMM yyyy HH:mm:ss.FFF");
    }

    /// <summary>The time of a position, rounded to milliseconds and held within the calendar.</summary>
    public static DateTime ToTime(double position)
    {
        double milliseconds = Math.Round(position / TimeSpan.TicksPerMillisecond);
        double most = Math.Floor(DateTime.MaxValue.Ticks / (double)TimeSpan.TicksPerMillisecond) - 1;
        return new DateTime((long)Math.Clamp(milliseconds, 0, most) * TimeSpan.TicksPerMillisecond);
    }

    /// <summary>Words for one position.</summary>
    public string Of(double position) => format is null ? Number(position) : ToTime(position).ToString(format, CultureInfo.InvariantCulture);

    // Of four digits it may be a year, which has no comma.
    private static string Number(double position) =>
        position == Math.Truncate(position) && Math.Abs(position) < 10_000 ? position.ToString("0", CultureInfo.InvariantCulture) : NumberLabel.Of(position);
}
