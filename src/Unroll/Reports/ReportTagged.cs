using System.Globalization;
using Unroll.Data;
using Unroll.Tasks.Tagging;

namespace Unroll.Reports;

/// <summary>A sentence with the tags that a model gave, on a ground that is the darker the less sure the model was; a wrong tag stands crossed out beside the right one.</summary>
/// <param name="Words">The words with their tags.</param>
/// <param name="Right">The sentence with the right tags.</param>
public sealed record ReportTagged(IReadOnlyList<TaggedWord> Words, TaggedSentence Right) : ReportPart
{
    private const string Outside = "O";

    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        page.Open("p", "surprise tagged");
        for (int i = 0; i < Words.Count; i++)
        {
            TaggedWord word = Words[i];
            string right = Right.Tags[i], share = (1 - word.Probability).ToString("0.##", CultureInfo.InvariantCulture);
            string title = string.Create(CultureInfo.InvariantCulture, $"{word.Tag}, probability {word.Probability:F3}{(right == word.Tag ? "" : $"; right: {right}")}");
            string tags = right != word.Tag ? $"<s>{Markup.Escape(word.Tag)}</s> <b>{Markup.Escape(right)}</b>" : right == Outside ? "" : Markup.Escape(right);
            page.Raw($"<span style=\"--s:{share}\" title=\"{Markup.Escape(title)}\">{Markup.Escape(word.Word)}</span>{(tags.Length > 0 ? $"<small>{tags}</small>" : "")} ");
        }

        page.Close("p");
    }
}
