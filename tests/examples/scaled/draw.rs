//! Small instances whose numbers are spread over many decades, as instance files.

/// SplitMix64 (Steele, Lea and Flood, 2014): enough for choices, and the same everywhere.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Uniform between the two.
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A power of ten with an exponent between the two.
    fn power(&mut self, low: f64, high: f64) -> f64 {
        10_f64.powf(self.between(low, high))
    }

    fn is_chosen(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    /// A small integer, a number below 2, or one of four decades.
    fn number(&mut self) -> f64 {
        match self.below(3) {
            0 => self.below(7) as f64 - 3.0,
            1 => self.between(-2.0, 2.0),
            _ => self.one_of(&[-1.0, 1.0]) * self.power(-2.0, 2.0),
        }
    }

    fn numbers(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.number()).collect()
    }

    fn powers(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.power(-3.0, 3.0)).collect()
    }
}

fn list(numbers: &[f64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(|x| format!("{x:e}")).collect();
    format!("[{}]", numbers.join(", "))
}

fn rows(rows: &[Vec<f64>]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| list(row)).collect();
    format!("[{}]", rows.join(", "))
}

/// A diagonal network of one to four samples and one to eight coordinates, with two of: columns scaled by 1e±8, labels by 1e±12 or
/// each by 1e±3, a duplicated or a nearly dependent column, a zero row, column or label, labels of a sparse predictor,
/// exponents and shapes from 1e-3 to 1e3.
pub fn diagonal(seed: u64) -> String {
    let draws = &mut Draws(seed);
    let (n, d) = draws.one_of(&[
        (1, 1),
        (1, 3),
        (2, 1),
        (2, 3),
        (2, 4),
        (2, 6),
        (3, 3),
        (3, 4),
        (3, 5),
        (4, 6),
        (4, 8),
    ]);
    let mut inputs: Vec<Vec<f64>> = (0..n).map(|_| draws.numbers(d)).collect();
    let mut labels = draws.numbers(n);
    let mut rest = String::new();
    for _ in 0..2 {
        match draws.below(11) {
            0 => {
                for j in 0..d {
                    let scale = draws.one_of(&[1e-8, 1e-4, 1e-2, 1.0, 1.0, 1e2, 1e4, 1e8]);
                    inputs.iter_mut().for_each(|row| row[j] *= scale);
                }
            }
            1 => {
                let scale = draws.one_of(&[1e-12, 1e-6, 1e6, 1e12]);
                labels.iter_mut().for_each(|label| *label *= scale);
            }
            2 => labels
                .iter_mut()
                .for_each(|label| *label *= draws.power(-3.0, 3.0)),
            3 => {
                let (from, to, scale) = (
                    draws.below(d),
                    draws.below(d),
                    draws.one_of(&[1.0, -1.0, 2.0]),
                );
                inputs
                    .iter_mut()
                    .for_each(|row| row[to] = scale * row[from]);
            }
            4 => {
                let (from, to, gap) = (draws.below(d), draws.below(d), draws.power(-12.0, -2.0));
                for row in &mut inputs {
                    row[to] = row[from] * (1.0 + gap * draws.between(-1.0, 1.0));
                }
            }
            5 => {
                let row = draws.below(n);
                inputs[row] = vec![0.0; d];
                if !draws.is_chosen(4) {
                    labels[row] = 0.0;
                }
            }
            6 => {
                let column = draws.below(d);
                inputs.iter_mut().for_each(|row| row[column] = 0.0);
            }
            7 => labels[draws.below(n)] = 0.0,
            8 => {
                let mut beta = draws.numbers(d);
                beta.iter_mut().for_each(|b| {
                    if draws.is_chosen(2) {
                        *b = 0.0;
                    }
                });
                for (row, label) in inputs.iter().zip(&mut labels) {
                    *label = row.iter().zip(&beta).map(|(x, b)| x * b).sum();
                }
            }
            9 => rest = format!("[init]\nexponents = {}\n", list(&draws.powers(d))),
            _ => rest = format!("[init]\nshape = {}\n", list(&draws.powers(d))),
        }
    }
    format!(
        "system = \"diagonal-linear\"\nname = \"seed {seed}\"\n[data]\ninputs = {}\nlabels = {}\n{rest}",
        rows(&inputs),
        list(&labels)
    )
}

/// A ReLU network of one to five points and one to six neurons, with two of: norms, labels, weights or exponents over six decades,
/// labels scaled by 1e±12, a zero label, two points that are no multiples of axes.
pub fn relu(seed: u64) -> String {
    let draws = &mut Draws(seed);
    let n = draws.one_of(&[1, 1, 2, 3, 4, 5]);
    let width = draws.one_of(&[1, 1, 2, 3, 6]);
    let d = n + draws.below(2);
    let axis = |i: usize, size: f64| -> Vec<f64> {
        (0..d).map(|j| if i == j { size } else { 0.0 }).collect()
    };
    let mut inputs: Vec<Vec<f64>> = (0..n)
        .map(|i| axis(i, 1.0 + draws.below(3) as f64))
        .collect();
    let nonzero = |draws: &mut Draws| Some(draws.number()).filter(|x| *x != 0.0).unwrap_or(1.0);
    let mut labels: Vec<f64> = (0..n).map(|_| nonzero(draws)).collect();
    let mut hidden: Vec<Vec<f64>> = (0..width)
        .map(|_| (0..d).map(|_| nonzero(draws)).collect())
        .collect();
    let signs: Vec<f64> = (0..width).map(|_| draws.one_of(&[-1.0, 1.0])).collect();
    let mut exponents = String::new();
    for _ in 0..2 {
        match draws.below(7) {
            0 => {
                for row in &mut inputs {
                    // Exactly, so that the points stay orthogonal.
                    let scale = 2_f64.powi(draws.below(21) as i32 - 10);
                    row.iter_mut().for_each(|x| *x *= scale);
                }
            }
            1 => labels
                .iter_mut()
                .for_each(|label| *label *= draws.power(-3.0, 3.0)),
            2 => {
                let scale = draws.one_of(&[1e-12, 1e-6, 1e6, 1e12]);
                labels.iter_mut().for_each(|label| *label *= scale);
            }
            3 => labels[draws.below(n)] = 0.0,
            4 => hidden
                .iter_mut()
                .flatten()
                .for_each(|weight| *weight *= draws.power(-3.0, 3.0)),
            5 => exponents = format!("exponents = {}\n", list(&draws.powers(width))),
            _ if n > 1 => {
                inputs[0] = axis(0, 3.0);
                inputs[0][1] = 4.0;
                inputs[1] = axis(0, -4.0);
                inputs[1][1] = 3.0;
            }
            _ => {}
        }
    }
    let signs: Vec<String> = signs.iter().map(|sign| format!("{sign:+}")).collect();
    format!(
        "system = \"relu-orthogonal\"\nname = \"seed {seed}\"\n[data]\ninputs = {}\nlabels = {}\n[init]\nhidden = {}\nsigns = [{}]\n{exponents}",
        rows(&inputs),
        list(&labels),
        rows(&hidden),
        signs.join(", ")
    )
}
