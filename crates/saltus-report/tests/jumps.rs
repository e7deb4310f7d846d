//! The structure of the jump pictures: how many panels, series, lines and labels there are, never where they lie.

use saltus_data::shipped::{SHIPPED, load_shipped};
use saltus_problem::LogInverseScale;
use saltus_report::jumps::{default_scales, figure, figure_with_progress};
use saltus_report::{Figure, Mark};

fn draw(name: &str) -> Figure {
    let instance = load_shipped(name).expect("a shipped instance");
    figure(&instance, &default_scales()).expect("a picture")
}

#[test]
fn every_shipped_instance_has_a_picture() {
    for shipped in SHIPPED {
        let figure = draw(shipped.name);
        let svg = figure.svg().expect("drawn");
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
        assert!(!svg.contains("NaN") && !svg.contains("http://www.w3.org/1999"));
        let expected = if shipped.name.starts_with("relu") {
            2
        } else {
            3
        };
        assert_eq!(figure.panels.len(), expected, "{}", shipped.name);
        assert_eq!(
            svg.matches("loss / initial loss").count(),
            1,
            "{}",
            shipped.name
        );
    }
}

#[test]
fn what_is_drawn() {
    // Jumps, series of the first panel, lines and points of the second.
    let check = |name: &str, jumps: usize, losses: usize, lines: usize, points: usize| {
        let figure = draw(name);
        for panel in &figure.panels {
            let verticals = panel.verticals.as_ref().expect("there are jumps");
            assert_eq!(verticals.1.len(), jumps, "{name}");
        }
        assert_eq!(figure.panels[0].series.len(), losses, "{name}");
        let count = |is: fn(Mark) -> bool| {
            let series = figure.panels[1].series.iter();
            series.filter(|series| is(series.mark)).count()
        };
        let found = (
            count(|mark| mark != Mark::Points),
            count(|mark| mark == Mark::Points),
        );
        assert_eq!(found, (lines, points), "{name}");
    };
    // One line and one series of points a neuron or coordinate; three flows and the limit.
    check("relu-three-points", 2, 4, 4, 4);
    check("relu-cayley", 6, 4, 12, 12);
    check("dln-5x7", 2, 4, 7, 7);
    check("diabetes", 11, 4, 10, 10);
}

#[test]
fn the_same_instance_gives_the_same_bytes() {
    let (first, second) = (draw("relu-cayley"), draw("relu-cayley"));
    assert_eq!(first.svg().expect("drawn"), second.svg().expect("drawn"));
    assert_eq!(
        first.csv().expect("written"),
        second.csv().expect("written")
    );
}

#[test]
fn the_table_holds_what_is_drawn() {
    let figure = draw("relu-three-points");
    let points: usize = figure
        .panels
        .iter()
        .map(|panel| {
            let series: usize = panel.series.iter().map(|one| one.points.len()).sum();
            series
                + panel
                    .verticals
                    .as_ref()
                    .map_or(0, |(_, places)| places.len())
        })
        .sum();
    let table = figure.csv().expect("written");
    assert_eq!(table.lines().count(), 1 + points);
    assert_eq!(table.lines().next(), Some("panel,series,x,y"));
}

#[test]
fn simulation_and_prediction_meet_in_the_picture() {
    // The flow at the largest scale lies by the exact exponents; at a small scale it does not, so the picture tells them apart.
    let distance = |scale: f64| {
        let instance = load_shipped("relu-three-points").expect("shipped");
        let scales = [LogInverseScale::new(scale).expect("positive")];
        let figure = figure(&instance, &scales).expect("a picture");
        let series = &figure.panels[1].series;
        let pairs = series.chunks(2);
        pairs
            .map(|pair| {
                let (exact, flow) = (&pair[0].points, &pair[1].points);
                let value = |time: f64| {
                    let piece = exact.windows(2).find(|piece| piece[1].0 >= time);
                    let piece = piece.expect("inside the picture");
                    let share = (time - piece[0].0) / (piece[1].0 - piece[0].0);
                    piece[0].1 + share * (piece[1].1 - piece[0].1)
                };
                let errors = flow.iter().map(|&(time, flow)| (flow - value(time)).abs());
                errors.fold(0.0, f64::max)
            })
            .fold(0.0, f64::max)
    };
    assert!(distance(4_000.0) < 2e-3);
    assert!(distance(4.0) > 2e-2);
}

#[test]
fn progress_counts_the_process_and_the_flows() {
    for name in ["relu-three-points", "dln-two-enter"] {
        let instance = load_shipped(name).expect("a shipped instance");
        let told = std::cell::RefCell::new(vec![]);
        let progress = |parts, of| told.borrow_mut().push((parts, of));
        let scales = &default_scales()[..2];
        let counted = figure_with_progress(&instance, scales, &progress).expect("a picture");
        assert_eq!(told.into_inner(), [(1, 3), (2, 3), (3, 3)], "{name}");
        let plain = figure(&instance, scales).expect("a picture");
        assert_eq!(counted.csv().expect("data"), plain.csv().expect("data"));
    }
}
