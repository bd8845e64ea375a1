namespace Unroll.Reports;

/// <summary>A grid of characters to draw on: dots of braille letters, eight a cell, or one character a cell.</summary>
internal sealed class TerminalCanvas
{
    private static readonly int[] BrailleBits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];      // [row * 2 + column]

    private readonly bool unicode;
    private readonly char[] cells;
    private readonly byte[] dots;

    /// <summary>An empty canvas.</summary>
    /// <param name="columns">Characters a row, at least 1.</param>
    /// <param name="rows">Rows, at least 1.</param>
    /// <param name="unicode">Whether braille letters may be used.</param>
    public TerminalCanvas(int columns, int rows, bool unicode)
    {
        this.unicode = unicode;
        Columns = columns;
        Rows = rows;
        cells = new char[columns * rows];
        dots = new byte[columns * rows];
        Array.Fill(cells, ' ');
    }

    /// <summary>Characters a row.</summary>
    public int Columns { get; }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>The dots of a row.</summary>
    public int Width => unicode ? Columns * 2 : Columns;

    /// <summary>The dots of a column.</summary>
    public int Height => unicode ? Rows * 4 : Rows;

    /// <summary>The row of characters that a row of dots belongs to.</summary>
    public int Row(int y) => unicode ? y / 4 : y;

    /// <summary>The column of characters that a column of dots belongs to.</summary>
    public int Column(int x) => unicode ? x / 2 : x;

    /// <summary>Puts a character into a cell; dots there go over it.</summary>
    public void Put(int column, int row, char character) => cells[row * Columns + column] = character;

    /// <summary>Puts a character into a cell over its dots.</summary>
    public void PutAbove(int column, int row, char character)
    {
        Put(column, row, character);
        dots[row * Columns + column] = 0;
    }

    /// <summary>What stands in a cell below its dots.</summary>
    public char At(int column, int row) => cells[row * Columns + column];

    /// <summary>A straight line of dots (Bresenham 1965).</summary>
    /// <param name="x0">Where it begins.</param>
    /// <param name="y0">Where it begins, from above.</param>
    /// <param name="x1">Where it ends.</param>
    /// <param name="y1">Where it ends, from above.</param>
    /// <param name="character">The character where there are no braille letters.</param>
    public void Line(int x0, int y0, int x1, int y1, char character)
    {
        int dx = Math.Abs(x1 - x0);
        int dy = -Math.Abs(y1 - y0);
        int stepX = x0 < x1 ? 1 : -1;
        int stepY = y0 < y1 ? 1 : -1;
        int error = dx + dy;
        while (true)
        {
            Dot(x0, y0, character);
            if (x0 == x1 && y0 == y1)
            {
                return;
            }

            int twice = 2 * error;
            if (twice >= dy)
            {
                error += dy;
                x0 += stepX;
            }

            if (twice <= dx)
            {
                error += dx;
                y0 += stepY;
            }
        }
    }

    /// <summary>A row as text.</summary>
    public string Text(int row) => string.Create(Columns, row, (text, at) =>
    {
        for (int column = 0; column < text.Length; column++)
        {
            byte cell = dots[at * Columns + column];
            text[column] = cell != 0 ? (char)(0x2800 + cell) : cells[at * Columns + column];
        }
    });

    private void Dot(int x, int y, char character)
    {
        if (unicode)
        {
            dots[y / 4 * Columns + x / 2] |= (byte)BrailleBits[y % 4 * 2 + x % 2];
        }
        else
        {
            Put(x, y, character);
        }
    }
}
