//! Changing one thing in a certificate.

use saltus_exact::{Rational, SqrtSum};
use serde_json::Value;

/// A step into JSON: a key or a position.
#[derive(Clone, Debug)]
pub enum Step {
    Key(String),
    Position(usize),
}

/// Where in a certificate something stands.
pub type Path = Vec<Step>;

/// The paths of all values, parents before children.
pub fn paths(root: &Value) -> Vec<Path> {
    let mut found = vec![];
    let mut open: Vec<(Path, &Value)> = vec![(vec![], root)];
    while let Some((path, value)) = open.pop() {
        let below = |step: Step| path.iter().cloned().chain([step]).collect::<Path>();
        match value {
            Value::Object(object) => {
                open.extend(
                    object
                        .iter()
                        .map(|(key, value)| (below(Step::Key(key.clone())), value)),
                );
            }
            Value::Array(list) => {
                open.extend(
                    list.iter()
                        .enumerate()
                        .map(|(k, value)| (below(Step::Position(k)), value)),
                );
            }
            _ => {}
        }
        found.push(path);
    }
    found
}

/// The value at a path.
pub fn at<'a>(root: &'a mut Value, path: &[Step]) -> &'a mut Value {
    path.iter().fold(root, |value, step| match step {
        Step::Key(key) => &mut value[key.as_str()],
        Step::Position(k) => &mut value[*k],
    })
}

/// Other values that could stand in the place of this one, each well-formed wherever that is possible.
pub fn changes(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![Value::from("equal-histories"), Value::from("1")],
        Value::Bool(truth) => vec![Value::from(!truth)],
        Value::Number(number) => {
            let index = number.as_u64().unwrap_or(0);
            let mut others = vec![index + 1, index + 7];
            others.extend(index.checked_sub(1));
            others.into_iter().map(Value::from).collect()
        }
        Value::String(text) => text_changes(text).into_iter().map(Value::from).collect(),
        Value::Array(list) => list_changes(list),
        Value::Object(_) => vec![],
    }
}

fn text_changes(text: &str) -> Vec<String> {
    let closed = [
        "+",
        "-",
        "inherited",
        "equal-histories",
        "exact-sum",
        "relu-orthogonal",
        "diagonal-linear",
    ];
    if closed.contains(&text) {
        let others = closed.iter().filter(|word| **word != text);
        return others.map(|word| (*word).to_owned()).collect();
    }
    if let Ok(number) = Rational::parse(text) {
        let tiny = Rational::parse("1e-40").expect("a number");
        let mut others = vec![
            &number + &Rational::one(),
            &number - &Rational::one(),
            -&number,
            &number + &number,
            &number + &tiny,
        ];
        others.retain(|other| *other != number);
        return others.iter().map(Rational::to_string).collect();
    }
    if let Ok(sum) = SqrtSum::parse(text) {
        let root = SqrtSum::sqrt(&Rational::integer(2)).expect("2 is not negative");
        let others = [
            &sum + &root,
            &sum - &SqrtSum::from(Rational::one()),
            -&sum,
            sum.scale(&Rational::integer(3)),
        ];
        return others.iter().map(SqrtSum::to_string).collect();
    }
    vec![format!("{text}0"), text.chars().skip(1).collect()]
}

fn list_changes(list: &[Value]) -> Vec<Value> {
    let mut others = vec![];
    for k in 0..list.len().min(4) {
        let mut shorter = list.to_vec();
        shorter.remove(k);
        others.push(shorter);
        let mut longer = list.to_vec();
        longer.insert(k, list[k].clone());
        others.push(longer);
        if k + 1 < list.len() && list[k] != list[k + 1] {
            let mut swapped = list.to_vec();
            swapped.swap(k, k + 1);
            others.push(swapped);
        }
    }
    if list.iter().all(Value::is_u64) {
        others.push(list.iter().cloned().chain([Value::from(0)]).collect());
    }
    if list.len() > 1 {
        others.push(list.iter().rev().cloned().collect());
    }
    let mut others: Vec<Value> = others.into_iter().map(Value::from).collect();
    others.retain(|other| other.as_array().is_some_and(|other| other != list));
    others
}
