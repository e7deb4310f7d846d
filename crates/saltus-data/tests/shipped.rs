//! The shipped instances parse, say what they are, and survive being written inline.

use std::collections::BTreeSet;
use std::path::Path;

use saltus_data::shipped::{SHIPPED, find_shipped, load_shipped};
use saltus_data::{DataError, ReadError, inline_toml, parse_instance};
use saltus_problem::Instance;

fn shape(instance: &Instance) -> String {
    match instance {
        Instance::Relu(relu) => {
            let sets: Vec<String> = (0..relu.width())
                .map(|j| {
                    relu.active_set(j)
                        .iter()
                        .map(usize::to_string)
                        .collect::<Vec<_>>()
                        .join("")
                })
                .collect();
            let data = relu.data();
            format!(
                "n={} d={} m={} sets {}",
                data.n_points(),
                data.input_dimension(),
                relu.width(),
                sets.join(",")
            )
        }
        Instance::Diagonal(diagonal) => {
            format!("n={} d={}", diagonal.n_samples(), diagonal.dimension())
        }
    }
}

#[test]
fn shipped_instances_parse() -> Result<(), DataError> {
    let mut lines = Vec::new();
    for shipped in SHIPPED {
        let instance = shipped.load()?;
        lines.push(format!(
            "{}: {} ({})",
            shipped.name,
            shape(&instance),
            instance.name()
        ));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
        relu-three-points: n=3 d=3 m=4 sets 02,0,1, (three points, four neurons)
        relu-cayley: n=8 d=8 m=12 sets 5,6,0,16,57,5,46,7,03,12,35,0 (Cayley frame, 8 points, 12 neurons)
        relu-hadamard-ties: n=8 d=8 m=8 sets 01,01,45,467,23,0,, (Hadamard frame with a triple tie)
        relu-uncovered: n=5 d=5 m=6 sets ,02,,3,12,2 (a point that no neuron covers)
        relu-near-tie: n=5 d=5 m=7 sets 01,12,34,2,4,0,3 (a near-tie of overlapping active sets)
        relu-dominated: n=4 d=4 m=6 sets 2,2,0,23,1,2 (output weights above the norms)
        relu-exponents: n=4 d=4 m=6 sets 3,,13,2,13,0 (neurons of different initial sizes)
        relu-zero-label: n=4 d=4 m=5 sets 0,1,,03, (a label that is 0)
        dln-5x7: n=5 d=7 (sparse recovery, 5 samples, 7 coordinates)
        dln-deactivation: n=3 d=5 (a coordinate that leaves the support)
        dln-two-enter: n=3 d=4 (two coordinates enter together)
        dln-non-unique: n=2 d=3 (two equal columns)
        dln-exponents: n=3 d=4 (coordinates of different initial sizes)
        dln-overdetermined: n=8 d=3 (more samples than coordinates, with noise)
        dln-n20-d30: n=20 d=30 (sparse regression, n = 20, d = 30)
        diabetes: n=442 d=10 (diabetes)
        ");
    Ok(())
}

#[test]
fn shipped_instances_survive_being_written_inline() -> Result<(), DataError> {
    for shipped in SHIPPED {
        let instance = shipped.load()?;
        let text = inline_toml(&instance);
        let again = parse_instance(&text, "inline.toml", &mut |_| Err(ReadError::NotFound))?;
        assert_eq!(again, instance, "{}", shipped.name);
    }
    Ok(())
}

#[test]
fn every_instance_file_is_shipped() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/instances");
    let mut stems = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            stems.extend(
                path.file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned()),
            );
        }
    }
    let names: BTreeSet<String> = SHIPPED
        .iter()
        .map(|shipped| shipped.name.to_owned())
        .collect();
    assert_eq!(stems, names);
    Ok(())
}

#[test]
fn centred_columns_sum_to_zero_exactly() {
    let Some(Instance::Diagonal(diabetes)) = load_shipped("diabetes") else {
        unreachable!("diabetes is shipped, and diagonal");
    };
    let inputs = diabetes.inputs();
    for k in 0..diabetes.dimension() {
        let sum: saltus_exact::Rational = (0..diabetes.n_samples())
            .map(|i| inputs.get(i, k).clone())
            .sum();
        assert!(sum.is_zero(), "column {k}");
    }
    assert!(
        diabetes
            .labels()
            .iter()
            .cloned()
            .sum::<saltus_exact::Rational>()
            .is_zero()
    );
    // 59 minus the mean age 21445/442, over 275.
    assert_eq!(inputs.get(0, 0).to_string(), "4633/121550");
}

#[test]
fn tables_beside_an_instance_are_readable() -> Result<(), DataError> {
    let shipped = find_shipped("dln-n20-d30").expect("it is in the list");
    let beta_star = shipped.table("dln-n20-d30/beta_star.csv")?;
    assert_eq!((beta_star.n_rows(), beta_star.n_cols()), (30, 1));
    assert_eq!(beta_star.get(0, 0).to_f64(), -1.603_836_805_396_301_5);
    assert!(shipped.table("dln-n20-d30/none.csv").is_err());
    assert!(load_shipped("none").is_none());
    Ok(())
}
