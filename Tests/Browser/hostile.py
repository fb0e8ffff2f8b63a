"""Texts that look like something else."""

# Each must stay text wherever it stands.
HOSTILE = [
    "<script>alert(1)</script>", "</script><script>alert(2)</script>", "<img src=x onerror=alert(3)>",
    "<svg onload=alert(4)>", "<iframe src=//evil.example>", "\"><script>alert(5)</script>",
    "'><img src=x onerror=alert(6)>", "<style>*{display:none}</style>", "</style><script>7</script>",
    "<!-- ", "-->", "<![CDATA[", "]]>", "</td></tr></table>", "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//evil.example>",
    "<a href=javascript:alert(8)>x</a>", "javascript:alert(9)", "<math><mtext></mtext></math>",
    "<x onclick=alert(10)>", "\" onmouseover=\"alert(11)", "' onfocus='alert(12)", "{{name}}",
    "{{{style}}}", "{{#rows}}", "{{> report}}", "{{!", "}}", "&lt;script&gt;", "&#60;b&#62;", "&",
    "&amp;amp;", "a & b < c > d", "\"quoted\" 'twice'", "back\\slash", "`tick`", "$(id)", "%3Cscript%3E",
    "=1+1", "+SUM(A1)", "@cmd", "-2", "|pipe|", "*bold* _it_ ~no~", "# heading", "[x](javascript:1)",
    "\u202Eevil\u202C", "\u2066left\u2069", "abc\u200Fdef", "\u05E9\u05DC\u05D5\u05DD \u0645\u0631\u062D\u0628\u0627",
    "<\u0338script>alert(13)</script>", "\"\u0301 onload=\"alert(14)", "Z\u0351\u036B\u0343\u036A\u0342\u036B\u033D",
    "\u0000nul\u0007bell", "new\nline\rreturn\ttab", "\uFEFFbom", "w" * 200, "\U0001F4B8" * 60,
    "\u0130stanbul \u00DF \uFB01 \u1E9E",
]  # fmt: skip


def plain(text):
    """Whether a page shows a text as it is, rather than naming characters that nobody sees."""
    return all(c == " " or c.isprintable() and c not in "\u200F\uFEFF" for c in text)
