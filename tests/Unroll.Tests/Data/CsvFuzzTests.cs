using System.Text;
using Unroll.Data;

namespace Unroll.Tests.Data;

/// <summary>Valid files with bytes changed, cut, doubled and swapped: reading each ends in a value or in an error the user can mend, and ends.</summary>
public sealed class CsvFuzzTests : IDisposable
{
    private const int Mutations = 1000;

    private readonly DataFiles files = new();

    public void Dispose() => files.Dispose();

    public static TheoryData<string> Originals => ["monthly", "stores", "quoted", "composite", "decimal", "steps", "gzip"];

    [Theory]
    [MemberData(nameof(Originals))]
    public void Damaged_files_end_in_an_error_or_a_value(string name)
    {
        (byte[] original, SeriesSchema schema) = Original(name);
        SeriesSet whole = SeriesSet.Read(files.Write("whole", original), schema);
        var random = new Random(name.Length * 1000 + original.Length);
        int errors = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] mutated = Mutate(original, random);
            string path = files.Write("mutated", mutated);
            foreach (SeriesSchema asked in (SeriesSchema[])[schema, new SeriesSchema()])
            {
                try
                {
                    Check(SeriesSet.Read(path, asked));
                }
                catch (UnrollException error)
                {
                    errors++;
                    Assert.DoesNotContain('\n', error.Message);
                    Assert.InRange(error.Message.Length, 20, 2000);
                }
                catch (Exception error)
                {
                    Assert.Fail($"Mutation {i} of {name} ({asked.Time}): {error}\n{Convert.ToBase64String(mutated)}");
                }
            }

            try
            {
                Check(SeriesSet.Read(path, whole.Layout));
            }
            catch (UnrollException)
            {
                errors++;
            }
        }

        Assert.InRange(errors, Mutations / 10, Mutations * 3);                  // the mutations do reach the errors
    }

    private static void Check(SeriesSet set)
    {
        foreach (Series series in set)
        {
            Assert.True(series.Length >= 1 && series.KnownLength >= series.Length);
            Assert.DoesNotContain(series.Targets.ToArray(), float.IsInfinity);
            Assert.NotEqual("", set.TimeFormat.Format(series.TimeAt(series.Length - 1)));
        }
    }

    private static (byte[] Bytes, SeriesSchema Schema) Original(string name)
    {
        var text = new StringBuilder();
        switch (name)
        {
            case "monthly":
                return (File.ReadAllBytes(DataFiles.Sample("air-passengers.csv")), new SeriesSchema());
            case "stores":
                string[] lines = File.ReadAllLines(DataFiles.Sample("stores.csv"));
                return (Encoding.UTF8.GetBytes(string.Join('\n', [lines[0], .. lines[1..40], .. lines[410..450]])),
                    new SeriesSchema { Targets = ["units"], SeriesColumns = ["store"], Known = ["price"], Past = ["promo"] });
            case "quoted":
                text.Append("\uFEFFzeit,\"wert, \"\"groß\"\"\",\"art\"\r\n");
                for (int i = 0; i < 48; i++)
                {
                    text.Append($"\"2020-01-01T{i / 2:00}:{i % 2 * 3}0:00.5Z\",\"{i}.5\",\"a\r\n{i % 3}\"\r\n");
                }

                return (Encoding.UTF8.GetBytes(text.ToString()), new SeriesSchema { Targets = ["wert, \"groß\""], Past = ["art"] });
            case "composite":
                text.Append("No,year,month,day,hour,y,wind\n");
                for (int i = 0; i < 48; i++)
                {
                    text.Append($"{i},2020,2,{28 + i / 24},{i % 24},{(i % 7 == 6 ? "NA" : i)},{(i % 2 == 0 ? "NW" : "cv")}\n");
                }

                return (Encoding.UTF8.GetBytes(text.ToString()), new SeriesSchema { Time = "year,month,day,hour", Targets = ["y"], Past = ["wind"] });
            case "decimal":
                text.Append("Quartal;Wert\n");
                for (int i = 0; i < 40; i++)
                {
                    text.Append($"{2000 + i / 4}-Q{i % 4 + 1};{i},{i % 10}\n");
                }

                return (Encoding.UTF8.GetBytes(text.ToString()), new SeriesSchema { Csv = new CsvOptions { DecimalComma = true } });
            case "steps":
                text.Append("t\ta\tb\n");
                for (int i = 0; i < 40; i++)
                {
                    text.Append($"{i * 5}\t{i * i}\t{-i}e-3\n");
                }

                return (Encoding.UTF8.GetBytes(text.ToString()), new SeriesSchema { Targets = ["a", "b"] });
            default:
                return (DataFiles.Gzip(File.ReadAllText(DataFiles.Sample("air-passengers.csv"))), new SeriesSchema());
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        for (int changes = random.Next(1, 5); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            int count = Math.Min(bytes.Count - at, 1 << random.Next(0, 8));
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] = (byte)",;\t|\"\n\r-.:09TZQe+ \0"[random.Next(19)];
                    break;
                case 2:
                    bytes.RemoveRange(at, count);
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4:
                    bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, count));
                    break;
                case 5:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }
}
