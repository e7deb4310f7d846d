//! The table `[data]`: inputs and labels, a table with a target column, or a recipe.

use saltus_exact::{Rational, RationalMatrix};
use saltus_problem::limits::MAX_SAMPLES;
use toml::Value;

use super::Source;
use super::numbers::{list, matrix, problem, read_bytes, read_mode};
use super::section::{Section, System, value_error};
use crate::DataError;
use crate::error::quoted;
use crate::files::{Numbers, Table, csv};
use crate::generate::{
    Frame, LabelLaw, MAX_CAYLEY_POINTS, NormLaw, OrthogonalRecipe, RegressionRecipe,
};

const KEYS: &[(&str, Option<System>)] = &[
    ("inputs", None),
    ("labels", None),
    ("numbers", None),
    ("table", None),
    ("target", None),
    ("center", None),
    ("column_scale", Some(System::Diagonal)),
    ("generate", None),
];
const SOURCES: &str = "either inputs and labels, or table and target, or generate";

/// Inputs and labels of either system, not yet validated as an instance.
pub(crate) fn read_data(
    source: &mut Source,
    system: System,
    mut data: Section,
) -> Result<(RationalMatrix, Vec<Rational>), DataError> {
    data.refuse_foreign(system, KEYS)?;
    data.refuse_together("inputs", &["table", "target", "generate"], SOURCES)?;
    data.refuse_together("labels", &["table", "target", "generate"], SOURCES)?;
    data.refuse_together(
        "generate",
        &["table", "target", "numbers", "center", "column_scale"],
        "generate alone, or other sources",
    )?;
    data.refuse_without("target", "table", SOURCES)?;
    data.refuse_without("center", "table", "center only with table")?;

    if let Some(recipe) = data.take("generate") {
        return generate(source, system, recipe);
    }
    let numbers = read_mode(&mut data)?;
    let (mut inputs, labels) = if data.has("table") {
        read_table(source, &mut data, numbers)?
    } else {
        let inputs = data.required("inputs", SOURCES)?;
        let inputs = matrix(source, "[data] inputs", MAX_SAMPLES, &inputs, numbers)?;
        let labels = data.required(
            "labels",
            "an array of numbers, or a path that ends in .csv or .npy",
        )?;
        (inputs, list(source, "[data] labels", &labels, numbers)?)
    };
    if let Some(scale) = data.take("column_scale") {
        let scale = list(source, "[data] column_scale", &scale, numbers)?;
        if scale.len() != inputs.columns {
            return Err(DataError::Value {
                file: source.file.to_owned(),
                key: "[data] column_scale".to_owned(),
                found: format!("{} numbers", scale.len()),
                expected: format!("{}, one for each column of inputs", inputs.columns),
            });
        }
        for (index, entry) in inputs.entries.iter_mut().enumerate() {
            *entry *= &scale[index % scale.len()];
        }
    }
    Ok((inputs.into_matrix(), labels))
}

/// A CSV file with header line, split into covariates and target, centred if asked for.
fn read_table(
    source: &mut Source,
    data: &mut Section,
    numbers: Numbers,
) -> Result<(Table, Vec<Rational>), DataError> {
    const PLACE: &str = "[data] table";
    let path = data.required_text("table", "a path that ends in .csv")?;
    if !path.ends_with(".csv") {
        return Err(data.value_error("table", &Value::String(path), "a path that ends in .csv"));
    }
    let target = data.required_text("target", "the name of the column that holds the labels")?;
    let center = match data.take("center") {
        None => false,
        Some(Value::Boolean(center)) => center,
        Some(other) => return Err(data.value_error("center", &other, "true or false")),
    };
    let bytes = read_bytes(source, PLACE, &path)?;
    let (header, table) = csv::read_table(&bytes, &path, PLACE, numbers)?;
    let found: Vec<usize> = (0..header.len()).filter(|&k| header[k] == target).collect();
    let [target_column] = found[..] else {
        return Err(DataError::Csv {
            file: path,
            line: 1,
            found: format!("{} columns named {}", found.len(), quoted(&target)),
            expected: "exactly one ([data] target)".to_owned(),
        });
    };
    let mut labels = Vec::with_capacity(table.rows);
    let mut inputs = Table {
        rows: table.rows,
        columns: table.columns - 1,
        entries: Vec::new(),
    };
    for (index, entry) in table.entries.into_iter().enumerate() {
        if index % table.columns == target_column {
            labels.push(entry);
        } else {
            inputs.entries.push(entry);
        }
    }
    if center {
        subtract_means(&mut labels, 1);
        subtract_means(&mut inputs.entries, inputs.columns);
    }
    Ok((inputs, labels))
}

/// Subtracts from each column of a row-major table its exact mean.
fn subtract_means(entries: &mut [Rational], columns: usize) {
    if columns == 0 || entries.is_empty() {
        return;
    }
    let count = Rational::integer(entries.len() / columns);
    for column in 0..columns {
        let sum: Rational = entries[column..].iter().step_by(columns).cloned().sum();
        let mean = sum.checked_div(&count).expect("there is at least one row");
        entries[column..]
            .iter_mut()
            .step_by(columns)
            .for_each(|entry| *entry -= &mean);
    }
}

fn generate(
    source: &mut Source,
    system: System,
    recipe: Value,
) -> Result<(RationalMatrix, Vec<Rational>), DataError> {
    let Value::Table(recipe) = recipe else {
        return Err(value_error(
            source.file,
            "[data] generate",
            &recipe,
            "a table { kind = …, seed = …, … }",
        ));
    };
    let mut recipe = Section::new(source.file, "[data] generate.", recipe);
    match system {
        System::Relu => {
            let recipe = orthogonal_recipe(&mut recipe)?;
            let data = recipe.draw().map_err(|error| problem(source, error))?;
            Ok((data.inputs().clone(), data.labels().to_vec()))
        }
        System::Diagonal => {
            let regression = regression_recipe(source, &mut recipe)?
                .draw()
                .map_err(|error| problem(source, error))?;
            Ok((regression.inputs, regression.labels))
        }
    }
}

fn orthogonal_recipe(recipe: &mut Section) -> Result<OrthogonalRecipe, DataError> {
    recipe.refuse_unknown(&[
        ("kind", None),
        ("points", None),
        ("seed", None),
        ("stream", None),
        ("labels", None),
        ("norms", None),
    ])?;
    if !recipe.has("kind") {
        return Err(recipe.missing("kind", "\"axes\" or \"cayley\" or \"hadamard\""));
    }
    let frame = recipe.choice(
        "kind",
        &[
            ("axes", Frame::Axes),
            ("cayley", Frame::Cayley),
            ("hadamard", Frame::Hadamard),
        ],
    )?;
    // An n × n frame has at most MAX_ENTRIES entries.
    let most = match frame {
        Frame::Cayley => i64::try_from(MAX_CAYLEY_POINTS.max).expect("a limit fits 63 bits"),
        Frame::Axes => 2_000,
        Frame::Hadamard => 1_024,
    };
    let points = recipe.required_integer("points", 1, most)?;
    if frame == Frame::Hadamard && points.count_ones() != 1 {
        return Err(recipe.value_error("points", &Value::Integer(points), "a power of 2"));
    }
    Ok(OrthogonalRecipe {
        frame,
        points: u32::try_from(points).expect("checked to be at most 2000"),
        seed: seed(recipe)?,
        stream: stream(recipe)?,
        labels: recipe.choice(
            "labels",
            &[
                ("bell", LabelLaw::Bell),
                ("signs", LabelLaw::Signs),
                ("uniform", LabelLaw::Uniform),
            ],
        )?,
        norms: recipe.choice(
            "norms",
            &[("unit", NormLaw::Unit), ("uniform", NormLaw::Uniform)],
        )?,
    })
}

fn regression_recipe(source: &Source, recipe: &mut Section) -> Result<RegressionRecipe, DataError> {
    recipe.refuse_unknown(&[
        ("kind", None),
        ("samples", None),
        ("dimension", None),
        ("support", None),
        ("noise", None),
        ("seed", None),
        ("stream", None),
    ])?;
    if !recipe.has("kind") {
        return Err(recipe.missing("kind", "\"sparse-regression\""));
    }
    recipe.choice("kind", &[("sparse-regression", ())])?;
    let samples = recipe.required_integer("samples", 1, 2_000)?;
    let dimension = recipe.required_integer("dimension", 1, 2_000)?;
    let support = recipe.required_integer("support", 0, dimension)?;
    let noise = match recipe.take("noise") {
        None => Rational::zero(),
        Some(value) => super::numbers::number(source.file, "[data] generate.noise", &value)?,
    };
    let size = |value: i64| u32::try_from(value).expect("checked to be at most 2000");
    Ok(RegressionRecipe {
        samples: size(samples),
        dimension: size(dimension),
        support: size(support),
        noise,
        seed: seed(recipe)?,
        stream: stream(recipe)?,
    })
}

/// The seed of a recipe, which has to be there.
pub(crate) fn seed(recipe: &mut Section) -> Result<u64, DataError> {
    Ok(recipe.required_integer("seed", 0, i64::MAX)?.unsigned_abs())
}

/// The stream of a recipe, 0 if it is left out.
pub(crate) fn stream(recipe: &mut Section) -> Result<u64, DataError> {
    Ok(recipe
        .integer("stream", 0, i64::MAX)?
        .unwrap_or(0)
        .unsigned_abs())
}
