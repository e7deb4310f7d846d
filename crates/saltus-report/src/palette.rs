//! Colours that the colour-blind tell apart (those of Okabe and Ito), for light and for dark backgrounds.

use plotters::style::RGBColor;

/// Background.
pub(crate) const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Axes and texts.
pub(crate) const INK: RGBColor = RGBColor(0x1B, 0x1E, 0x23);
/// Grid lines.
pub(crate) const GRID: RGBColor = RGBColor(0xDD, 0xDF, 0xE3);

/// A colour by its part in a picture.
///
/// `Ink::Colour(0)` is the blue `#0072B2`, and so is `Ink::Colour(6)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// The colour of axes: for what is exact.
    Exact,
    /// Grey: for what stays in the background.
    Faint,
    /// The colour of vertical lines.
    Rule,
    /// One of the colours of series; they repeat after [`N_COLOURS`].
    Colour(usize),
}

/// Number of different colours of series.
///
/// `Ink::Colour(k)` and `Ink::Colour(k + 6)` look alike.
pub const N_COLOURS: usize = 6;

const COLOURS: [RGBColor; N_COLOURS] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
];

/// The colours that do not show on a dark background, and what they become there.
const IN_THE_DARK: [(&str, &str); 6] = [
    ("#FFFFFF", "#15181D"),
    ("#1B1E23", "#E8EAED"),
    ("#DDDFE3", "#343941"),
    ("#A3A8B0", "#6B727D"),
    ("#7A808A", "#9AA1AC"),
    ("#0072B2", "#3D9FDD"),
];

impl Ink {
    pub(crate) fn color(self) -> RGBColor {
        match self {
            Ink::Exact => INK,
            Ink::Faint => RGBColor(0xA3, 0xA8, 0xB0),
            Ink::Rule => RGBColor(0x7A, 0x80, 0x8A),
            Ink::Colour(index) => COLOURS[index % N_COLOURS],
        }
    }
}

/// The style sheet that turns the colours of the pictures into those for dark screens.
///
/// It turns the ink `#1B1E23` into `#E8EAED` within elements of the class `figure`, under `prefers-color-scheme:dark`.
pub fn stylesheet() -> String {
    let rules: String = IN_THE_DARK
        .iter()
        .map(|(light, dark)| {
            format!(
                ".figure [fill=\"{light}\"]{{fill:{dark}}}.figure [stroke=\"{light}\"]{{stroke:{dark}}}"
            )
        })
        .collect();
    format!("@media screen and (prefers-color-scheme:dark){{{rules}}}")
}
