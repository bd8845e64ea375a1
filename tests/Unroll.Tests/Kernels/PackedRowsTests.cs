using Unroll.Kernels;

namespace Unroll.Tests.Kernels;

/// <summary>Rows of sequences of different lengths, packed and back: each number where it belongs, whoever copies it.</summary>
public sealed class PackedRowsTests
{
    [Theory]
    [InlineData(1, 9, 5, 3)]
    [InlineData(3, 9, 5, 3)]
    [InlineData(2, 61, 24, 67)]                                                        // so many that threads share them out
    [InlineData(3, 61, 24, 67)]
    public void Rows_go_where_their_sequences_stand(int threads, int steps, int batch, int n)
    {
        var random = new Random(steps + threads);
        int[] lengths = [.. Enumerable.Range(0, batch).Select(b => b == 0 ? steps : b == 1 ? 0 : random.Next(steps + 1))];
        int[] order = [.. Enumerable.Range(0, batch).OrderByDescending(b => lengths[b])], rows = [.. Enumerable.Range(0, steps).Select(t => lengths.Count(length => length > t))];
        int packed = rows.Sum();
        float[] padded = Numbers(random, steps * batch * n), there = new float[packed * n], back = Numbers(random, padded.Length), sums = Numbers(random, padded.Length);
        float[] before = [.. sums], previous = Numbers(random, (packed - rows[0]) * n);
        using var team = new Team(threads);
        PackedRows.Gather(team, order, rows, n, padded, there);
        PackedRows.Scatter(team, order, rows, n, there, back);
        PackedRows.ScatterAdd(team, order, rows, n, there, sums);
        PackedRows.Previous(team, order, rows, n, there, previous);
        for (int t = 0, row = 0; t < steps; t++)
        {
            for (int i = 0; i < batch; i++)
            {
                bool runs = t < lengths[order[i]];
                Assert.Equal(runs, i < rows[t]);
                for (int k = 0; k < n; k++)
                {
                    int at = (((t * batch) + order[i]) * n) + k;
                    Assert.Equal(runs ? padded[at] : 0, back[at]);
                    Assert.Equal(runs ? before[at] + padded[at] : before[at], sums[at]);
                    if (!runs) continue;
                    Assert.Equal(padded[at], there[((row + i) * n) + k]);
                    if (t > 0) Assert.Equal(padded[at - (batch * n)], previous[((row - rows[0] + i) * n) + k]);
                }
            }

            row += rows[t];
        }
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
}
