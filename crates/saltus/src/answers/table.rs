//! Columns of text.

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A table with a heading; every row has one cell a column.
#[derive(Debug, Clone)]
pub(super) struct Table<const COLUMNS: usize> {
    headings: [(&'static str, Align); COLUMNS],
    rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// A table without rows.
    pub(super) fn new(headings: [(&'static str, Align); COLUMNS]) -> Self {
        Table {
            headings,
            rows: vec![],
        }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: [String; COLUMNS]) {
        self.rows.push(row);
    }

    /// The lines of the table; a column without any text is left out.
    pub(super) fn lines(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells
                .max()
                .filter(|&width| width > 0)
                .map(|width| width.max(self.headings[column].0.chars().count()))
        };
        let widths: Vec<Option<usize>> = (0..COLUMNS).map(width).collect();
        let mut text = String::new();
        let headings = self.headings.map(|(heading, _)| heading.to_owned());
        for row in std::iter::once(&headings).chain(&self.rows) {
            let cells = (0..COLUMNS).filter_map(|column| {
                let width = widths[column]?;
                Some(match self.headings[column].1 {
                    Align::Left => format!("{:<width$}", row[column]),
                    Align::Right => format!("{:>width$}", row[column]),
                })
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// The first indices of a list, and how many there are if that is not all.
pub(super) fn some_indices(indices: &[usize]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = indices.iter().take(SHOWN).map(usize::to_string).collect();
    let shown = shown.join(" ");
    if indices.len() > SHOWN {
        format!("{shown} … ({} in all)", indices.len())
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let mut table = Table::new([
            ("n", Align::Right),
            ("nothing", Align::Left),
            ("word", Align::Left),
        ]);
        for (number, word) in [("1", "one"), ("10", "ten")] {
            table.push([number.to_owned(), String::new(), word.to_owned()]);
        }
        assert_eq!(table.lines(), " n  word\n 1  one\n10  ten\n");
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(some_indices(&[]), "");
        assert_eq!(some_indices(&[3, 1]), "3 1");
        let long: Vec<usize> = (0..20).collect();
        assert_eq!(
            some_indices(&long),
            "0 1 2 3 4 5 6 7 8 9 10 11 … (20 in all)"
        );
    }
}
