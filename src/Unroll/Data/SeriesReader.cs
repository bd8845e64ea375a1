namespace Unroll.Data;

/// <summary>Turns a table into series.</summary>
internal static class SeriesReader
{
    /// <summary>Placeholder body.</summary>
    public static SeriesSet Read(CsvTable table, SeriesSchema schema, SeriesLayout? layout, CancellationToken cancellation) => throw new UnrollException(table.Path + ": reading series is not ready.");
}
