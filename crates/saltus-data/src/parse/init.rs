//! The table `[init]`: the weights of a ReLU network, or shapes and exponents of a diagonal one.

use saltus_exact::Rational;
use saltus_problem::limits::MAX_WIDTH;
use saltus_problem::{OrthogonalData, Output, ReluInitialisation, Sign};
use toml::Value;

use super::Source;
use super::data::{seed, stream};
use super::numbers::{list, matrix, problem, read_mode};
use super::section::{Section, System, value_error};
use crate::DataError;
use crate::error::quoted;
use crate::generate::{InitialisationRecipe, SignLaw, WeightLaw};

const KEYS: &[(&str, Option<System>)] = &[
    ("hidden", Some(System::Relu)),
    ("signs", Some(System::Relu)),
    ("output", Some(System::Relu)),
    ("generate", Some(System::Relu)),
    ("shape", Some(System::Diagonal)),
    ("exponents", None),
    ("numbers", None),
];
const WEIGHTS: &str = "either hidden with signs or output, or generate";

/// The initialisation of a ReLU network.
pub(crate) fn read_relu_init(
    source: &mut Source,
    mut init: Section,
    data: &OrthogonalData,
) -> Result<ReluInitialisation, DataError> {
    init.refuse_foreign(System::Relu, KEYS)?;
    init.refuse_together("generate", &["hidden", "signs", "output"], WEIGHTS)?;
    init.refuse_together("signs", &["output"], "one of the two")?;
    let numbers = read_mode(&mut init)?;
    let exponents = match init.take("exponents") {
        Some(exponents) => Some(list(source, "[init] exponents", &exponents, numbers)?),
        None => None,
    };
    let built = if let Some(recipe) = init.take("generate") {
        let recipe = initialisation_recipe(source, recipe)?;
        recipe.draw(data, exponents)
    } else {
        let hidden = init.required("hidden", WEIGHTS)?;
        let hidden = matrix(source, "[init] hidden", MAX_WIDTH, &hidden, numbers)?;
        let output = match (init.take("signs"), init.take("output")) {
            (Some(signs), _) => {
                let values = list(source, "[init] signs", &signs, numbers)?;
                Output::Balanced {
                    signs: to_signs(source, &values)?,
                }
            }
            (None, Some(output)) => Output::Given(list(source, "[init] output", &output, numbers)?),
            (None, None) => {
                return Err(init.missing("signs", "signs (numbers 1 or -1), or output (numbers)"));
            }
        };
        ReluInitialisation::new(hidden.into_matrix(), output, exponents)
    };
    built.map_err(|error| problem(source, error))
}

/// What the table holds for a diagonal network.
#[derive(Default)]
pub(crate) struct DiagonalInit {
    pub(crate) shapes: Option<Vec<Rational>>,
    pub(crate) exponents: Option<Vec<Rational>>,
}

/// Optional shapes and exponents of a diagonal network.
pub(crate) fn read_diagonal_init(
    source: &mut Source,
    mut init: Section,
) -> Result<DiagonalInit, DataError> {
    init.refuse_foreign(System::Diagonal, KEYS)?;
    let numbers = read_mode(&mut init)?;
    let shapes = match init.take("shape") {
        Some(shapes) => Some(list(source, "[init] shape", &shapes, numbers)?),
        None => None,
    };
    let exponents = match init.take("exponents") {
        Some(exponents) => Some(list(source, "[init] exponents", &exponents, numbers)?),
        None => None,
    };
    Ok(DiagonalInit { shapes, exponents })
}

fn to_signs(source: &Source, values: &[Rational]) -> Result<Vec<Sign>, DataError> {
    let one = Rational::one();
    values
        .iter()
        .enumerate()
        .map(|(j, value)| {
            if value.abs() == one {
                return Ok(if value.is_negative() {
                    Sign::Negative
                } else {
                    Sign::Positive
                });
            }
            Err(DataError::Value {
                file: source.file.to_owned(),
                key: format!("[init] signs[{j}]"),
                found: quoted(&value.to_string()),
                expected: "1 or -1".to_owned(),
            })
        })
        .collect()
}

fn initialisation_recipe(
    source: &Source,
    recipe: Value,
) -> Result<InitialisationRecipe, DataError> {
    let Value::Table(recipe) = recipe else {
        return Err(value_error(
            source.file,
            "[init] generate",
            &recipe,
            "a table { width = …, seed = … }",
        ));
    };
    let mut recipe = Section::new(source.file, "[init] generate.", recipe);
    recipe.refuse_unknown(&[
        ("width", None),
        ("seed", None),
        ("stream", None),
        ("weights", None),
        ("signs", None),
    ])?;
    let most = i64::try_from(MAX_WIDTH.max).expect("a limit fits 63 bits");
    Ok(InitialisationRecipe {
        width: u32::try_from(recipe.required_integer("width", 1, most)?)
            .expect("checked to be at most MAX_WIDTH"),
        seed: seed(&mut recipe)?,
        stream: stream(&mut recipe)?,
        weights: recipe.choice(
            "weights",
            &[
                ("integers", WeightLaw::Integers),
                ("bell", WeightLaw::Bell),
                ("frame", WeightLaw::Frame),
            ],
        )?,
        signs: recipe.choice(
            "signs",
            &[("random", SignLaw::Random), ("positive", SignLaw::Positive)],
        )?,
    })
}
