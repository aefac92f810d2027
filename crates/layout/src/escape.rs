//! Text that means nothing but itself, in Markdown and in XML.

/// Text inside a line of Markdown: nothing in it begins markup, so no document can bring HTML, links, images or formulas along. Bare
/// addresses are escaped too where renderers would make links of them.
pub(crate) fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let special = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '$' => true,
            // A name of a character such as `&lt;` would be read as the character.
            '&' => rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '#'),
            ':' => rest.starts_with("//"),
            '.' => text.as_bytes().get(at.saturating_sub(3)..at).is_some_and(|w| w.eq_ignore_ascii_case(b"www")),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text at the beginning of a line: besides [`inline`], it is no item of a list, no rule and no underline of a heading.
pub(crate) fn line(text: &str) -> String {
    let text = inline(text.trim());
    let figures = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(figures);
    let begins = if number.is_empty() { rest.starts_with(['-', '+', '=']) } else { rest.starts_with(['.', ')']) };
    if begins { format!("{number}\\{rest}") } else { text }
}

/// Text or the value of an attribute in XML 1.0, without the characters that it cannot hold.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{inline, line, xml};

    #[test]
    fn markup_is_text() {
        assert_eq!(inline("<b>&amp; [a](b) ![c] `d` *e* _f_ ~g~ |h| \\"), r"\<b\>\&amp; \[a\](b) !\[c\] \`d\` \*e\* \_f\_ \~g\~ \|h\| \\");
        assert_eq!(inline("Smith & Sons, C#, 5:30"), r"Smith & Sons, C\#, 5:30");
        assert_eq!(inline("see https://a.b or www.a.b"), r"see https\://a.b or www\.a.b");
    }

    #[test]
    fn the_beginning_of_a_line_is_text() {
        assert_eq!(
            ["- a", "+ a", "=== ", "1. a", "23) a", "# a", "> a"].map(line),
            [r"\- a", r"\+ a", r"\===", r"1\. a", r"23\) a", r"\# a", r"\> a"]
        );
        assert_eq!(["1.5 l", "12", "a - b", ""].map(line), [r"1\.5 l", "12", "a - b", ""]);
    }

    #[test]
    fn xml_holds_what_xml_can_hold() {
        assert_eq!(xml("<\"a\" & 'b'>\u{1}\u{FFFF}"), "&lt;&quot;a&quot; &amp; &#39;b&#39;&gt; ");
    }
}
