//! `saltus plot`: the jump picture of one instance.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use saltus::answers::PlotAnswer;
use saltus::problem::LogInverseScale;
use saltus::report::{DATA_COLUMNS, jumps};

use super::options;
use crate::failure::{Failure, Verdict};
use crate::input;
use crate::output::{self, Format, NewFile};
use crate::progress::Progress;

/// What `saltus plot mine.toml --out jumps.svg --log-inv-scale 10,100` asks for.
#[derive(Debug, Args)]
pub struct Options {
    /// Instance file, or - for standard input
    file: PathBuf,
    /// Picture to write, a name that ends in .svg; its data are written beside it, as .csv
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Log inverse scales of the flows, separated by commas; left out: 10, 40 and 400
    #[arg(long, value_name = "Λ1,Λ2,…", value_delimiter = ',', value_parser = options::log_inverse_scale, allow_hyphen_values = true)]
    log_inv_scale: Vec<LogInverseScale>,
}

/// Draws the picture and writes it with its data: with `--out jumps.svg` to `jumps.svg` and `jumps.csv`.
pub fn run(options: &Options, format: Format) -> Result<Verdict, Failure> {
    let progress = Progress::counting("drawing", "parts (the exact process, each flow)", 0);
    let counter = progress.counter();
    let loaded = input::load(&options.file)?;
    let data = data_file(&options.out)?;
    keep_other_data(&data)?;
    let picture_file = NewFile::begin(&options.out)?;
    let data_file = NewFile::begin(&data)?;
    let refused = |error: saltus::report::ReportError| Failure::unsettled(&loaded.file, error);
    let scales = match options.log_inv_scale.as_slice() {
        [] => jumps::default_scales(),
        scales => scales.to_vec(),
    };
    let count = |parts, of| counter.set(parts, of);
    let figure = jumps::figure_with_progress(&loaded.instance, &scales, &count).map_err(refused)?;
    let (picture, table) = (
        figure.svg().map_err(refused)?,
        figure.csv().map_err(refused)?,
    );
    data_file.finish(table.as_bytes())?;
    picture_file.finish(picture.as_bytes())?;
    drop(progress);
    let answer = PlotAnswer {
        caption: figure.caption,
        picture: options.out.display().to_string(),
        data: data.display().to_string(),
        log_inv_scales: scales.iter().map(|scale| scale.get()).collect(),
    };
    output::print(&answer, format)?;
    Ok(Verdict::Done)
}

/// Refuses to replace a file that is not the data of a picture, such as the table that the instance was read from.
fn keep_other_data(data: &Path) -> Result<(), Failure> {
    let expected = DATA_COLUMNS[..4].join(",") + "\n";
    let mut head = Vec::new();
    let Ok(file) = File::open(data) else {
        return Ok(());
    };
    // A file that cannot be read is not known to be a picture's.
    let read = file.take(expected.len() as u64).read_to_end(&mut head);
    if read.is_ok() && head == expected.as_bytes() {
        return Ok(());
    }
    let found = data.display();
    Err(Failure::input(
        "--out",
        format!(
            "found {found}, which would be replaced and is not the data of a picture, expected a name whose .csv is free"
        ),
    ))
}

/// The name of the CSV beside the picture.
fn data_file(picture: &Path) -> Result<PathBuf, Failure> {
    let is_svg = picture
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("svg"));
    match is_svg {
        true => Ok(picture.with_extension("csv")),
        false => Err(Failure::input(
            "--out",
            format!(
                "found {}, expected a name that ends in .svg",
                picture.display()
            ),
        )),
    }
}
