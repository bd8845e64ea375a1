using System.Globalization;

namespace Unroll.Data;

/// <summary>Writes CSV text: fields separated by commas, quoted where needed, lines ended by a line feed, numbers with a decimal point in their shortest exact form.</summary>
/// <remarks>Takes a <see cref="TextWriter"/>, so that the caller decides where the text goes and how safely. A missing value is an empty field.</remarks>
public sealed class SeriesCsv
{
    private readonly TextWriter writer;
    private readonly char separator;
    private bool started;

    /// <summary>Writes to a text writer, which stays open.</summary>
    /// <param name="writer">Where the text goes.</param>
    /// <param name="separator">What stands between fields; comma by default.</param>
    public SeriesCsv(TextWriter writer, char separator = ',')
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (separator is '"' or '\r' or '\n')
        {
            throw new ArgumentException("SeriesCsv: a quote or line break cannot separate fields.", nameof(separator));
        }

        this.writer = writer;
        this.separator = separator;
    }

    /// <summary>Writes a field of text.</summary>
    public SeriesCsv Field(ReadOnlySpan<char> text)
    {
        Separate();
        bool quoted = text.ContainsAny("\"\r\n") || text.Contains(separator) || (text.Length > 0 && (char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1])));
        if (!quoted)
        {
            writer.Write(text);
            return this;
        }

        writer.Write('"');
        foreach (char c in text)
        {
            if (c == '"')
            {
                writer.Write('"');
            }

            writer.Write(c);
        }

        writer.Write('"');
        return this;
    }

    /// <summary>Writes a number; nothing for NaN.</summary>
    public SeriesCsv Field(float number)
    {
        Separate();
        Span<char> text = stackalloc char[32];
        if (!float.IsNaN(number) && number.TryFormat(text, out int length, default, CultureInfo.InvariantCulture))
        {
            writer.Write(text[..length]);
        }

        return this;
    }

    /// <summary>Ends the line.</summary>
    public void EndRow()
    {
        writer.Write('\n');
        started = false;
    }

    /// <summary>Writes a set of series in long form: time, the columns that name the series, targets, covariates. <see cref="SeriesSet.Read(string, SeriesLayout, CancellationToken)"/> with
    /// the set's layout reads the same series again.</summary>
    /// <param name="writer">Where the text goes; it stays open.</param>
    /// <param name="set">The series.</param>
    /// <param name="cancellation">Stops the writing.</param>
    public static void Write(TextWriter writer, SeriesSet set, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        var csv = new SeriesCsv(writer);
        SeriesLayout layout = set.Layout;
        csv.Field(layout.Schema.Time ?? "time");
        foreach (string name in (string[])[.. layout.SeriesColumns.Select(one => one.Name), .. set.Targets, .. layout.Known.Select(one => one.Name), .. layout.Past.Select(one => one.Name)])
        {
            csv.Field(name);
        }

        csv.EndRow();
        foreach (Series series in set)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int row = 0; row < series.KnownLength; row++)
            {
                csv.Field(set.TimeFormat.Format(series.TimeAt(row)));
                foreach (string key in series.Keys)
                {
                    csv.Field(key);
                }

                for (int k = 0; k < series.TargetCount; k++)
                {
                    csv.Field(row < series.Length ? series.Targets[row * series.TargetCount + k] : float.NaN);
                }

                for (int k = 0; k < series.KnownCount; k++)
                {
                    csv.Value(layout.Known[k], series.Known[row * series.KnownCount + k]);
                }

                for (int k = 0; k < series.PastCount; k++)
                {
                    csv.Value(layout.Past[k], row < series.Length ? series.Past[row * series.PastCount + k] : float.NaN);
                }

                csv.EndRow();
            }
        }
    }

    private void Value(Covariate covariate, float value)
    {
        if (covariate.Encoding is { } encoding)
        {
            Field(float.IsNaN(value) ? "" : encoding.Decode((int)value));
        }
        else
        {
            Field(value);
        }
    }

    private void Separate()
    {
        if (started)
        {
            writer.Write(separator);
        }

        started = true;
    }
}
