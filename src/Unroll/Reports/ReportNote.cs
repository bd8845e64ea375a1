namespace Unroll.Reports;

/// <summary>Something that the reader must know, set apart from the text.</summary>
/// <param name="Text">One or a few sentences.</param>
/// <param name="Verdict">Good news, a warning, or plain information.</param>
public sealed record ReportNote(string Text, Verdict Verdict = Verdict.None);
