//! Instances as self-contained instance files.

use std::fmt::Write;

use num_bigint::BigInt;
use num_traits::{One, ToPrimitive};
use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::{DiagonalInstance, Instance, Output, ReluInstance, Sign};

/// The text of an instance file that names no other file and that [`crate::parse_instance`] reads back as the same instance.
///
/// Numbers are written so that they are exact: as integers, as fractions in quotes, or, where a long fraction is the value of a
/// double, as the shortest decimal that denotes this double.
pub fn inline_toml(instance: &Instance) -> String {
    let mut text = format!("system = \"{}\"\n", instance.system());
    let _ = writeln!(
        text,
        "name = {}",
        toml::Value::String(instance.name().to_owned())
    );
    match instance {
        Instance::Relu(instance) => write_relu(&mut text, instance),
        Instance::Diagonal(instance) => write_diagonal(&mut text, instance),
    }
    text
}

fn write_relu(text: &mut String, instance: &ReluInstance) {
    text.push_str("\n[data]\n");
    write_matrix(text, "inputs", instance.data().inputs());
    write_list(text, "labels", instance.data().labels());
    text.push_str("\n[init]\n");
    let init = instance.init();
    write_matrix(text, "hidden", init.hidden());
    match init.output() {
        Output::Balanced { signs } => {
            let signs: Vec<Rational> = signs.iter().copied().map(Sign::to_rational).collect();
            write_list(text, "signs", &signs);
        }
        Output::Given(weights) => write_list(text, "output", weights),
    }
    write_unless_one(text, "exponents", init.exponents());
}

fn write_diagonal(text: &mut String, instance: &DiagonalInstance) {
    text.push_str("\n[data]\n");
    write_matrix(text, "inputs", instance.inputs());
    write_list(text, "labels", instance.labels());
    let one = Rational::one();
    if instance
        .shapes()
        .iter()
        .chain(instance.exponents())
        .any(|number| *number != one)
    {
        text.push_str("\n[init]\n");
        write_unless_one(text, "shape", instance.shapes());
        write_unless_one(text, "exponents", instance.exponents());
    }
}

fn write_matrix(text: &mut String, key: &str, matrix: &RationalMatrix) {
    let _ = writeln!(text, "{key} = [");
    for i in 0..matrix.n_rows() {
        text.push_str("    ");
        write_array(text, matrix.row(i));
        text.push_str(",\n");
    }
    text.push_str("]\n");
}

fn write_list(text: &mut String, key: &str, list: &[Rational]) {
    let _ = write!(text, "{key} = ");
    write_array(text, list);
    text.push('\n');
}

fn write_unless_one(text: &mut String, key: &str, list: &[Rational]) {
    let one = Rational::one();
    if list.iter().any(|number| *number != one) {
        write_list(text, key, list);
    }
}

fn write_array(text: &mut String, list: &[Rational]) {
    text.push('[');
    for (index, number) in list.iter().enumerate() {
        if 0 < index {
            text.push_str(", ");
        }
        text.push_str(&number_text(number));
    }
    text.push(']');
}

/// An integer, or else the shorter spelling of fraction and double.
fn number_text(number: &Rational) -> String {
    // TOML integers have 64 bits.
    if number.denom().is_one() && number.numer().to_i64().is_some() {
        return number.to_string();
    }
    let fraction = number.to_string();
    if is_power_of_two(number.denom()) {
        let double = number.to_f64();
        let decimal = format!("{double:?}");
        if decimal.len() < fraction.len() && Rational::from_f64(double).as_ref() == Some(number) {
            return decimal;
        }
    }
    format!("\"{fraction}\"")
}

fn is_power_of_two(number: &BigInt) -> bool {
    number
        .trailing_zeros()
        .is_some_and(|zeros| zeros + 1 == number.bits())
}
