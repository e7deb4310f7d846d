//! The exact answers on every shipped instance, as they were when they were last looked at.

use saltus::answers::Prediction;
use saltus::data::shipped::{SHIPPED, Shipped};
use serde_json::{Map, Value};

/// Answers of at most so many characters are kept whole.
const MAX_WHOLE: usize = 40_000;

/// Expressions of at most so many characters stay in a long answer.
const MAX_SHORT: usize = 30;

/// The answer as indented JSON with sorted keys; a long one has the lengths of its expressions in their place.
fn answer(shipped: &Shipped) -> String {
    let instance = shipped.load().expect("a shipped instance");
    let prediction = Prediction::of(&instance).expect("a process that ends");
    let value = serde_json::to_value(&prediction).expect("an answer has a JSON form");
    let whole = serde_json::to_string_pretty(&value).expect("a JSON value");
    if whole.len() <= MAX_WHOLE {
        return whole;
    }
    serde_json::to_string_pretty(&digest(&value)).expect("a JSON value")
}

/// Replaces every exact number by its expression if that is short, otherwise by its decimal and the length of its expression.
fn digest(value: &Value) -> Value {
    match value {
        Value::Object(object) => match (object.get("exact"), object.get("decimal")) {
            (Some(Value::String(exact)), _) if exact.len() <= MAX_SHORT => exact.clone().into(),
            (Some(Value::String(exact)), Some(Value::String(decimal))) => {
                format!("{decimal} ({} characters)", exact.len()).into()
            }
            _ => {
                let entries = object
                    .iter()
                    .map(|(key, value)| (key.clone(), digest(value)));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        },
        Value::Array(values) => values.iter().map(digest).collect(),
        other => other.clone(),
    }
}

#[test]
fn exact_answers() {
    insta::with_settings!({prepend_module_to_snapshot => false}, {
        for shipped in SHIPPED {
            insta::assert_snapshot!(shipped.name, answer(shipped));
        }
    });
}
