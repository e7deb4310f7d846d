//! Generated instances: the same seed draws the same numbers, they are what the recipe says, and they survive being written and read.

mod common;

use common::parse_with;
use proptest::prelude::*;
use saltus_data::generate::{
    Frame, InitialisationRecipe, LabelLaw, NormLaw, OrthogonalRecipe, RegressionRecipe, SignLaw,
    WeightLaw,
};
use saltus_data::{DataError, inline_toml};
use saltus_exact::Rational;
use saltus_problem::{DiagonalInstance, Instance, ReluInstance};

fn shown(text: &str) -> String {
    parse_with(text, &[]).map_or_else(|error| error.to_string(), |instance| inline_toml(&instance))
}

#[test]
fn seeds_fix_the_numbers() {
    insta::assert_snapshot!(shown(
        r#"
        system = "relu-orthogonal"
        data.generate = { kind = "axes", points = 3, seed = 7, labels = "uniform", norms = "uniform" }
        init.generate = { width = 2, seed = 7 }
        "#
    ), @r#"
        system = "relu-orthogonal"
        name = "i"

        [data]
        inputs = [
            ["45/32", 0, 0],
            [0, "99/64", 0],
            [0, 0, "55/32"],
        ]
        labels = ["117/256", "93/512", "-1975/1024"]

        [init]
        hidden = [
            [6, 1, -6],
            [8, -8, -9],
        ]
        signs = [1, 1]
        "#);
    insta::assert_snapshot!(shown(
        r#"
        system = "relu-orthogonal"
        data.generate = { kind = "cayley", points = 3, seed = 7, norms = "uniform" }
        init.generate = { width = 2, seed = 7, weights = "frame" }
        "#
    ), @r#"
        system = "relu-orthogonal"
        name = "i"

        [data]
        inputs = [
            [0, 0, "-31/32"],
            ["-57/32", 0, 0],
            [0, "27/16", 0],
        ]
        labels = ["-39/64", "-7/64", "93/64"]

        [init]
        hidden = [
            ["-32/57", "-32/9", "-192/31"],
            ["256/57", "-16/3", "-256/31"],
        ]
        signs = [1, 1]
        "#);
    insta::assert_snapshot!(shown(
        r#"
        system = "relu-orthogonal"
        data.generate = { kind = "hadamard", points = 4, seed = 7, labels = "signs" }
        init.generate = { width = 3, seed = 7, stream = 1, weights = "bell", signs = "positive" }
        init.exponents = [1, 2, "1/2"]
        "#
    ), @r#"
        system = "relu-orthogonal"
        name = "i"

        [data]
        inputs = [
            [1, 1, 1, 1],
            [1, -1, 1, -1],
            [1, 1, -1, -1],
            [1, -1, -1, 1],
        ]
        labels = [1, -1, -1, 1]

        [init]
        hidden = [
            [0, "9/64", "-17/32", "71/64"],
            ["5/4", "-51/32", "-19/32", "-17/64"],
            ["-37/64", "-65/64", "-21/64", "-9/8"],
        ]
        signs = [1, 1, 1]
        exponents = [1, 2, "1/2"]
        "#);
    insta::assert_snapshot!(shown(
        r#"
        system = "diagonal-linear"
        data.generate = { kind = "sparse-regression", samples = 2, dimension = 3, support = 1, noise = "1/8", seed = 7 }
        "#
    ), @r#"
        system = "diagonal-linear"
        name = "i"

        [data]
        inputs = [
            ["-37/32", "-25/64", "-25/64"],
            ["17/16", "1/64", "-119/64"],
        ]
        labels = ["2459/4096", "11693/4096"]
        "#);
}

#[test]
fn streams_differ() {
    let text = |stream: u64| {
        format!(
            "system = \"relu-orthogonal\"\nname = \"s\"\n\
             data.generate = {{ kind = \"axes\", points = 4, seed = 1, stream = {stream} }}\n\
             init.generate = {{ width = 3, seed = 1, stream = {stream} }}"
        )
    };
    let drawn: Vec<String> = (0..5).map(|stream| shown(&text(stream))).collect();
    for i in 0..drawn.len() {
        for k in 0..i {
            assert_ne!(drawn[i], drawn[k], "streams {k} and {i}");
        }
    }
    assert_eq!(drawn[0], shown(&text(0).replace(", stream = 0", "")));
    assert_ne!(drawn[0], shown(&text(0).replace("seed = 1", "seed = 2")));
}

#[test]
fn cayley_rows_are_orthonormal_before_scaling() -> Result<(), DataError> {
    for points in [1, 2, 7, 12] {
        let recipe = OrthogonalRecipe {
            frame: Frame::Cayley,
            points,
            labels: LabelLaw::Signs,
            norms: NormLaw::Unit,
            seed: 5,
            stream: 0,
        };
        let data = recipe.draw().map_err(|source| DataError::Problem {
            file: "recipe".to_owned(),
            source,
        })?;
        assert!(
            data.squared_norms()
                .iter()
                .all(|norm| *norm == Rational::one()),
            "{points} points"
        );
    }
    Ok(())
}

fn relu_recipe() -> impl Strategy<Value = (OrthogonalRecipe, InitialisationRecipe)> {
    let frames = prop_oneof![
        (1_u32..7).prop_map(|points| (Frame::Axes, points)),
        (1_u32..7).prop_map(|points| (Frame::Cayley, points)),
        (0_u32..4).prop_map(|power| (Frame::Hadamard, 1 << power)),
    ];
    let labels = prop_oneof![
        Just(LabelLaw::Bell),
        Just(LabelLaw::Signs),
        Just(LabelLaw::Uniform)
    ];
    let norms = prop_oneof![Just(NormLaw::Unit), Just(NormLaw::Uniform)];
    let weights = prop_oneof![
        Just(WeightLaw::Integers),
        Just(WeightLaw::Bell),
        Just(WeightLaw::Frame)
    ];
    let signs = prop_oneof![Just(SignLaw::Random), Just(SignLaw::Positive)];
    (
        frames,
        labels,
        norms,
        weights,
        signs,
        1_u32..6,
        any::<u64>(),
        any::<u64>(),
    )
        .prop_map(
            |((frame, points), labels, norms, weights, signs, width, seed, stream)| {
                (
                    OrthogonalRecipe {
                        frame,
                        points,
                        labels,
                        norms,
                        seed,
                        stream,
                    },
                    InitialisationRecipe {
                        width,
                        weights,
                        signs,
                        seed,
                        stream,
                    },
                )
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn drawn_networks_are_valid_and_survive_being_written((data, init) in relu_recipe()) {
        let drawn = data.draw()?;
        prop_assert_eq!(drawn.n_points(), data.points as usize);
        let exponents = (data.seed % 2 == 0).then(|| vec![Rational::integer(2); init.width as usize]);
        let init_drawn = init.draw(&drawn, exponents)?;
        if init.weights == WeightLaw::Frame {
            for i in 0..drawn.n_points() {
                for j in 0..init_drawn.width() {
                    let row = init_drawn.hidden().row(j);
                    let product: Rational = row.iter().zip(drawn.inputs().row(i)).map(|(a, b)| a * b).sum();
                    prop_assert!(product.is_integer() && !product.is_zero());
                }
            }
        }
        let instance = Instance::Relu(ReluInstance::new("drawn".to_owned(), drawn, init_drawn)?);
        prop_assert_eq!(parse_with(&inline_toml(&instance), &[])?, instance);
    }

    #[test]
    fn drawn_regressions_survive_being_written(
        samples in 1_u32..5, dimension in 1_u32..6, support in 0_u32..8, noise in -3_i64..4, seed in any::<u64>(),
        shape in 1_i64..9,
    ) {
        let recipe = RegressionRecipe {
            samples, dimension, support, noise: Rational::integer(noise), seed, stream: 0,
        };
        let drawn = recipe.draw()?;
        let nonzero = drawn.beta_star.iter().filter(|value| !value.is_zero()).count();
        prop_assert_eq!(nonzero, support.min(dimension) as usize);
        if noise == 0 {
            let fitted = drawn.inputs.mul_vector(&drawn.beta_star);
            prop_assert_eq!(fitted, Some(drawn.labels.clone()));
        }
        let shapes = vec![Rational::new(shape, 7).expect("7 is not 0"); dimension as usize];
        let instance = DiagonalInstance::new(format!("shape \"{shape}\"\n'"), drawn.inputs, drawn.labels, Some(shapes), None)?;
        let instance = Instance::Diagonal(instance);
        prop_assert_eq!(parse_with(&inline_toml(&instance), &[])?, instance);
    }

    #[test]
    fn any_double_survives_being_written(bits in prop::collection::vec(any::<u64>(), 1..6)) {
        let entries: Vec<Rational> = bits.into_iter().filter_map(|bits| Rational::from_f64(f64::from_bits(bits))).collect();
        prop_assume!(!entries.is_empty());
        let inputs = saltus_exact::RationalMatrix::new(1, entries.len(), entries)?;
        let instance = Instance::Diagonal(
            DiagonalInstance::new(String::new(), inputs, vec![Rational::one()], None, None)?,
        );
        prop_assert_eq!(parse_with(&inline_toml(&instance), &[])?, instance);
    }

    #[test]
    fn any_text_is_answered_with_one_line(text in "(system|name|data|init|inputs|=|\\[|\\]|\\{|\\}|\"|\n|[a-z0-9.,é]){0,60}") {
        if let Err(error) = parse_with(&text, &[]) {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }
}
