//! Shorter decimals, from digits alone.

/// Rounds a decimal text (`-d.ddd`, with or without an exponent `e±d`) to `digits` significant digits, a half away from zero.
///
/// The digits are those of an exact number to thirty places, so no float comes between the number and its reader.
pub(super) fn round_decimal(text: &str, digits: usize) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, ""));
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let figures: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let leading = figures.iter().take_while(|&&figure| figure == b'0').count();
    let kept = leading + digits;
    if figures.len() <= kept {
        return text.to_owned();
    }
    let (mut rounded, dropped) = (figures[..kept].to_vec(), figures[kept]);
    let mut point = whole.len();
    if dropped >= b'5' {
        let mut place = kept;
        loop {
            if place == 0 {
                rounded.insert(0, b'1');
                point += 1;
                break;
            }
            place -= 1;
            if rounded[place] == b'9' {
                rounded[place] = b'0';
            } else {
                rounded[place] += 1;
                break;
            }
        }
    }
    let mut shown = String::from(sign);
    for place in 0..rounded.len().max(point) {
        if place == point {
            shown.push('.');
        }
        // Places before the point that were dropped are zeros.
        shown.push(char::from(rounded.get(place).copied().unwrap_or(b'0')));
    }
    if !exponent.is_empty() {
        shown.push('e');
        shown.push_str(exponent);
    }
    shown
}

/// A float to `digits` significant digits, in the notation that suits its size.
pub(super) fn short_float(value: f64, digits: usize) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let scientific = format!("{value:.*e}", digits - 1);
    if (1e-4..1e9).contains(&size) {
        // The exponent is taken after rounding: 9.999999 may have become 10.
        let exponent: i32 = scientific
            .rsplit('e')
            .next()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let places = i32::try_from(digits).unwrap_or(i32::MAX) - 1 - exponent;
        return format!("{value:.*}", usize::try_from(places).unwrap_or(0));
    }
    scientific
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_round_on_their_digits() {
        let check = |text: &str, digits: usize, expected: &str| {
            assert_eq!(round_decimal(text, digits), expected, "{text} {digits}");
        };
        check("1.23456", 3, "1.23");
        check("1.235", 3, "1.24");
        check("-0.0012349", 3, "-0.00123");
        check("-0.0012351", 3, "-0.00124");
        check("9.996", 3, "10.00");
        check("99.96", 3, "100.0");
        check("0.09996", 3, "0.1000");
        check("123456", 3, "123000");
        check("999600", 3, "1000000");
        check("1.5", 12, "1.5");
        check("0", 12, "0");
        check("1.23456e-50", 3, "1.23e-50");
    }

    #[test]
    fn floats_are_shown_by_their_size() {
        let check = |value: f64, expected: &str| assert_eq!(short_float(value, 6), expected);
        check(-0.0, "0");
        check(1.0, "1.00000");
        check(-12.345_678_9, "-12.3457");
        check(0.000_123_456_78, "0.000123457");
        check(9.999_999_9, "10.0000");
        check(1e-9, "1.00000e-9");
        check(123_456_789.0, "123456789");
        check(1e300, "1.00000e300");
        check(f64::INFINITY, "inf");
        check(f64::NAN, "NaN");
    }
}
