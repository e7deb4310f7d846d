//! Rust source text with everything blanked that is not code, so that a rule can look for words.

/// `text` with comments and the contents of string and character literals replaced by spaces; line breaks stay, so that a line
/// keeps its number.
pub fn code_of(text: &str) -> String {
    let mut blanker = Blanker {
        rest: text,
        code: String::with_capacity(text.len()),
    };
    blanker.run();
    blanker.code
}

const TEST_MARK: &str = "#[cfg(test)]";

/// `code`, as [`code_of`] gives it, with every `#[cfg(test)] mod name { … }` replaced by spaces.
pub fn without_test_modules(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(TEST_MARK) {
        let (before, from_mark) = rest.split_at(start);
        kept.push_str(before);
        let is_module = from_mark[TEST_MARK.len()..]
            .trim_start()
            .starts_with("mod ");
        let block = is_module.then(|| end_of_braces(from_mark)).flatten();
        let end = block.unwrap_or(TEST_MARK.len());
        kept.extend(from_mark[..end].chars().map(blank));
        rest = &from_mark[end..];
    }
    kept.push_str(rest);
    kept
}

/// The names in `#[cfg(test)] mod name;`: modules in files of their own.
pub fn test_module_files(code: &str) -> Vec<&str> {
    let marks = code.match_indices(TEST_MARK);
    marks
        .filter_map(|(start, mark)| {
            let after = code[start + mark.len()..]
                .trim_start()
                .strip_prefix("mod ")?;
            let (name, _) = after.split_once(';')?;
            name.chars().all(is_identifier).then_some(name)
        })
        .collect()
}

/// The lines of `code` that contain `word`, by index; a word does not begin or end inside an identifier.
pub fn lines_with_word(code: &str, word: &str) -> Vec<usize> {
    let lines = code.lines().enumerate();
    lines
        .filter(|(_, line)| contains_word(line, word))
        .map(|(line_idx, _)| line_idx)
        .collect()
}

/// Whether `line` contains `word`, not as part of a longer identifier.
pub fn contains_word(line: &str, word: &str) -> bool {
    let is_edge = |c: Option<char>, end: Option<char>| {
        !(c.is_some_and(is_identifier) && end.is_some_and(is_identifier))
    };
    line.match_indices(word).any(|(start, found)| {
        let before = line[..start].chars().next_back();
        let after = line[start + found.len()..].chars().next();
        is_edge(before, word.chars().next()) && is_edge(after, word.chars().next_back())
    })
}

fn is_identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn blank(c: char) -> char {
    if c == '\n' { c } else { ' ' }
}

/// Where the first `{` of `code` is closed, or `None` if a `;` comes first (a module in a file of its own) or nothing closes it.
pub fn end_of_braces(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (position, c) in code.char_indices() {
        match c {
            ';' if depth == 0 => return None,
            '{' => depth += 1,
            '}' if depth <= 1 => return Some(position + 1),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

struct Blanker<'a> {
    rest: &'a str,
    code: String,
}

impl Blanker<'_> {
    fn run(&mut self) {
        while let Some(c) = self.rest.chars().next() {
            if self.rest.starts_with("//") {
                self.blank(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                self.blank(end_of_block_comment(self.rest));
            } else if let Some(end) = self.end_of_raw_string() {
                self.blank(end);
            } else if c == '"' {
                self.blank(end_of_string(self.rest));
            } else if let Some(end) = end_of_character(self.rest) {
                self.blank(end);
            } else {
                self.code.push(c);
                self.rest = &self.rest[c.len_utf8()..];
            }
        }
    }

    fn blank(&mut self, end: usize) {
        let (literal, rest) = self.rest.split_at(end);
        self.code.extend(literal.chars().map(blank));
        self.rest = rest;
    }

    /// The end of a raw string that starts here; `r` as the end of an identifier starts none.
    fn end_of_raw_string(&self) -> Option<usize> {
        if self.code.ends_with(is_identifier) {
            return None;
        }
        let body = self.rest.trim_start_matches(['b', 'c']).strip_prefix('r')?;
        let hashes = body.len() - body.trim_start_matches('#').len();
        let text = body[hashes..].strip_prefix('"')?;
        let closing = format!("\"{}", "#".repeat(hashes));
        let end = text
            .find(&closing)
            .map_or(text.len(), |end| end + closing.len());
        Some(self.rest.len() - text.len() + end)
    }
}

fn end_of_block_comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut position) = (0_usize, 0);
    while position < bytes.len() {
        if bytes[position..].starts_with(b"/*") {
            depth += 1;
            position += 2;
        } else if bytes[position..].starts_with(b"*/") {
            depth -= 1;
            position += 2;
            if depth == 0 {
                return position;
            }
        } else {
            position += 1;
        }
    }
    text.len()
}

fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (position, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return position + 1,
            _ => {}
        }
    }
    text.len()
}

/// The end of a character literal that starts here; a lifetime starts none.
fn end_of_character(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    let skipped = if first == '\\' {
        2
    } else if inside[first.len_utf8()..].starts_with('\'') {
        first.len_utf8()
    } else {
        return None;
    };
    let end = inside.get(skipped..)?.find('\'')?;
    Some(1 + skipped + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_stays() {
        fn check(text: &str, expected: &str) {
            assert_eq!(code_of(text), expected, "{text}");
        }
        check("a // f64\nb", "a       \nb");
        check("a /* x /* y */ z */ b", "a                   b");
        check(r#"f("a \" b", 'c')"#, "f(        ,    )");
        check(r##"r#"a " b"# + c"##, "           + c");
        check("bar\"x\"", "bar   ");
        check(
            r"fn f<'a>(x: &'a str) { '\'' }",
            "fn f<'a>(x: &'a str) {      }",
        );
        check(r"'\u{7f}' x", "         x");
        check("\"open", "     ");
    }

    #[test]
    fn test_modules_are_left_out_and_nothing_else() {
        fn check(code: &str, expected: &str) {
            let words: Vec<String> = without_test_modules(code)
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            assert_eq!(words.join(" "), expected, "{code}");
        }
        check("a #[cfg(test)] mod tests { b { c } } d", "a d");
        check("a #[cfg(test)] mod tests; b", "a mod tests; b");
        check("#[cfg(test)] fn f() { a } b", "fn f() { a } b");
    }

    #[test]
    fn test_modules_in_files_are_named() {
        let code =
            "#[cfg(test)]\nmod a;\nmod b;\n#[cfg(test)]\nmod tests { mod c; }\n#[cfg(test)] use d;";
        assert_eq!(test_module_files(code), ["a"]);
    }

    #[test]
    fn words_are_whole() {
        assert!(contains_word("let x: f64 = y;", "f64"));
        assert!(!contains_word("x.to_f64()", "f64"));
        assert!(contains_word("x.unwrap()", ".unwrap()"));
        assert!(!contains_word("x.unwrap_or(0)", ".unwrap()"));
        assert!(contains_word("eprintln!(1)", "eprintln!"));
        assert!(!contains_word("eprintln!(1)", "println!"));
        assert_eq!(lines_with_word("a\nb a\nc", "a"), [0, 1]);
    }
}
