using System.Text;

namespace Unroll.Reports;

/// <summary>The style of a page.</summary>
internal static class PageStyle
{
    /// <summary>Colours for light grounds, for dark ones on a screen (paper is light), the page's shapes, and those of charts.</summary>
    public static string Css()
    {
        var css = new StringBuilder();
        css.Append(":root{color-scheme:light dark;").Append(Colours(dark: false)).Append("}\n");
        css.Append("@media screen and (prefers-color-scheme:dark){:root{").Append(Colours(dark: true)).Append("}}\n");
        css.Append("""
            *{box-sizing:border-box}
            body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
            main{max-width:960px;margin:0 auto;padding:32px 20px 64px}
            h1{font-size:1.75rem;line-height:1.2;margin:0;overflow-wrap:anywhere}
            h2{font-size:1.2rem;line-height:1.3;margin:0 0 12px;overflow-wrap:anywhere}
            p{margin:0 0 12px;max-width:84ch;overflow-wrap:anywhere}
            .subtitle{color:var(--muted);margin:6px 0 0}
            section{margin-top:36px}
            .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:24px 0}
            .figures div{background:var(--surface);border:1px solid var(--grid);border-radius:8px;padding:12px 14px;break-inside:avoid}
            .figures dt{color:var(--muted);font-size:.85rem;overflow-wrap:anywhere}
            .figures dd{margin:0;overflow-wrap:anywhere}
            .figures .value{font-size:1.5rem;font-weight:600;line-height:1.3;font-variant-numeric:tabular-nums}
            .figures .remark{color:var(--muted);font-size:.85rem}
            .value.good{color:var(--good)}
            .value.warning{color:var(--warning)}
            .value.bad{color:var(--bad)}
            .note{max-width:none;background:var(--surface);border:1px solid var(--grid);border-left:4px solid var(--rule);border-radius:8px;padding:10px 14px;break-inside:avoid}
            .note.good{border-left-color:var(--good)}
            .note.warning{border-left-color:var(--warning)}
            .note.bad{border-left-color:var(--bad)}
            figure{margin:0 0 12px;background:var(--surface);border:1px solid var(--grid);border-radius:8px;overflow-x:auto;break-inside:avoid}
            figure svg{display:block;width:100%;min-width:680px;height:auto}
            figure.legend{border:none;background:none;border-radius:0}
            .grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(400px,100%),1fr));gap:12px}
            .grid.small{grid-template-columns:repeat(auto-fill,minmax(min(280px,100%),1fr))}
            .grid figure{margin:0}
            .grid figure svg{min-width:0}
            .scroll{background:var(--surface);border:1px solid var(--grid);border-radius:8px;overflow-x:auto;margin:0 0 12px}
            table{border-collapse:collapse;width:100%;font-size:.875rem}
            caption{text-align:left;color:var(--muted);padding:10px 12px 4px}
            th,td{text-align:left;vertical-align:top;padding:6px 12px;border-top:1px solid var(--grid);font-weight:400;unicode-bidi:isolate;overflow-wrap:anywhere;min-width:3.5em}
            thead th{border-top:none;color:var(--muted);vertical-align:bottom}
            tbody th{min-width:9em}
            .number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
            tr.strong th,tr.strong td{background:color-mix(in srgb,var(--text) 6%,transparent)}
            tr.strong th{font-weight:600}
            tr.dimmed th,tr.dimmed td{color:var(--muted)}
            td.best{font-weight:700;text-decoration:underline;text-decoration-thickness:2px;text-underline-offset:3px;text-decoration-color:var(--good)}
            .terms{display:grid;grid-template-columns:max-content 1fr;gap:6px 24px;margin:0;background:var(--surface);border:1px solid var(--grid);border-radius:8px;padding:12px 14px}
            .terms dt{color:var(--muted)}
            .terms dd{margin:0;overflow-wrap:anywhere;unicode-bidi:isolate}
            .surprise{max-width:none;background:var(--surface);border:1px solid var(--grid);border-radius:8px;padding:12px 14px;line-height:1.9;overflow-wrap:anywhere;unicode-bidi:isolate}
            .surprise span{background:color-mix(in srgb,var(--bad) calc(var(--s)*55%),transparent);border-radius:3px;padding:2px 1px;white-space:pre-wrap}
            .surprise .for{background:color-mix(in srgb,var(--good) calc(var(--s)*55%),transparent)}
            .tagged small{color:var(--muted);margin-left:2px;font-size:.7rem}
            .scrub{display:flex;flex-wrap:wrap;align-items:center;gap:8px 14px;position:sticky;top:0;z-index:1;background:var(--page);padding:8px 0}
            .scrub input{flex:1 1 220px;min-width:0;accent-color:var(--good)}
            .scrub output{flex:1 1 100%;min-height:1.5em;color:var(--muted);font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
            .reading{max-width:none;border-left:4px solid var(--rule);padding:4px 0 4px 12px}
            .reading.good{border-left-color:var(--good)}
            .reading.warning{border-left-color:var(--warning)}
            .reading.bad{border-left-color:var(--bad)}
            pre{background:var(--surface);border:1px solid var(--grid);border-radius:8px;padding:12px 14px;overflow-x:auto;font-size:.85rem;line-height:1.45;margin:0 0 12px}
            .code figcaption{color:var(--muted);font-size:.875rem;padding:10px 14px 0}
            .code pre{border:none;margin:0}
            .equation .lines{overflow-x:auto;padding:14px 14px 2px}
            .equation math{font-size:1.2rem;margin:10px 0;font-family:"STIX Two Math","Cambria Math","Latin Modern Math",math}
            .equation figcaption{color:var(--muted);padding:6px 14px 12px;max-width:84ch}
            nav{background:var(--surface);border:1px solid var(--grid);border-radius:8px;padding:12px 14px;margin:24px 0}
            nav ul{list-style:none;margin:0;padding:0;columns:2 280px}
            nav a{color:inherit;display:block;padding:4px 0}
            @media print{body{background:none;font-size:11pt}main{max-width:none;padding:0}figure svg{min-width:0}.scroll{overflow:visible}h2{break-after:avoid}}

            """);
        return css.Append(Palette.ChartStyle()).ToString();
    }

    private static string Colours(bool dark) => string.Join(';', Palette.Grounds.Select(ground => $"--{ground.Name}:{(dark ? ground.Dark : ground.Light)}"));
}
