//! The integrals of coordinates that have left the support, and the times of jumps that depend on them, as fractions.

use num_bigint::BigInt;
use num_traits::{One, Zero};
use saltus_exact::{FactoredQuotient, common_with_product, gcd, sum_of_products};

/// The integrals `a_D = ∫β_D` of the coordinates D that have left the support and rest at 0: integers over a product of factors.
///
/// Every departure adds the numerator of a gradient to the factors, for good, so that the numbers become far longer than any
/// factor: common divisors are sought with one factor at a time.
#[derive(Debug)]
pub(super) struct Resting {
    coordinates: Vec<usize>,
    numerators: Vec<BigInt>,
    /// The product of the factors.
    unit: BigInt,
    /// Their positions in the list.
    factors: Vec<usize>,
    /// All factors that there have been, all of them positive.
    list: Vec<BigInt>,
}

/// `(constant + Σ_D weights_D a_D)/speed`, with a `speed` that several forms share.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) constant: BigInt,
    /// One for each coordinate of D, in its order.
    pub(super) weights: Vec<BigInt>,
}

impl Resting {
    /// Nothing rests: all integrals are 0 before the first jump.
    pub(super) fn none() -> Resting {
        Resting {
            coordinates: vec![],
            numerators: vec![],
            unit: BigInt::one(),
            factors: vec![],
            list: vec![],
        }
    }

    /// The product of the factors.
    pub(super) fn unit(&self) -> &BigInt {
        &self.unit
    }

    /// D.
    pub(super) fn coordinates(&self) -> &[usize] {
        &self.coordinates
    }

    /// `speed · unit` times the value of a form.
    pub(super) fn numerator(&self, form: &Form) -> BigInt {
        let resting = form.weights.iter().zip(&self.numerators);
        let terms: Vec<(&BigInt, &BigInt)> =
            resting.chain([(&form.constant, &self.unit)]).collect();
        sum_of_products(&terms)
    }

    /// A number over `speed · unit · scale`, where the position of `speed` in the list is the second value; both are positive.
    pub(super) fn quotient(
        &mut self,
        numer: BigInt,
        speed: &BigInt,
        scale: &BigInt,
    ) -> (FactoredQuotient, usize) {
        let position = self.list.len();
        self.list.extend([speed.clone(), scale.clone()]);
        let quotient = FactoredQuotient {
            numer,
            product: &self.unit * speed * scale,
            factors: self
                .factors
                .iter()
                .copied()
                .chain([position, position + 1])
                .collect(),
        };
        (quotient, position)
    }

    /// All factors that quotients have been told of.
    pub(super) fn factors(&self) -> &[BigInt] {
        &self.list
    }

    /// Coordinates that leave come to rest, with forms over the speed at a position of the list; one that enters rests no more.
    pub(super) fn replace(&mut self, entering: usize, leaving: &[(usize, Form)], speed: usize) {
        let arriving: Vec<BigInt> = leaving
            .iter()
            .map(|(_, form)| self.numerator(form))
            .collect();
        if let Some(position) = self.coordinates.iter().position(|&i| i == entering) {
            self.coordinates.remove(position);
            self.numerators.remove(position);
        }
        if arriving.is_empty() {
            self.drop_unused_factors();
        } else {
            self.arrive(leaving, arriving, speed);
        }
    }

    fn arrive(&mut self, leaving: &[(usize, Form)], arriving: Vec<BigInt>, position: usize) {
        let speed = self.list[position].clone();
        for numerator in &mut self.numerators {
            *numerator *= &speed;
        }
        self.unit *= &speed;
        self.coordinates
            .extend(leaving.iter().map(|(coordinate, _)| coordinate));
        self.numerators.extend(arriving);
        // One long common divisor stands for all: what the speed has in common with an old factor or with the last numerator.
        let mut last = self.numerators.iter().rev();
        let content = match last.find(|number| !number.is_zero()) {
            None => speed,
            Some(number) => {
                let factors = self.factors.iter().map(|&k| &self.list[k]);
                let numbers: Vec<BigInt> = factors.chain([number]).cloned().collect();
                common_with_product(&numbers, &speed)
            }
        };
        self.factors.push(position);
        // An old factor has no divisor in common with all old numerators, and now at most one that the speed has too.
        for k in 0..self.factors.len() - 1 {
            let common = gcd(&self.list[self.factors[k]], &content);
            self.cancel(k, common);
        }
        self.cancel(self.factors.len() - 1, content);
    }

    /// Divides out what a factor has in common with all numerators, of which every prime divides `content`.
    fn cancel(&mut self, k: usize, mut content: BigInt) {
        loop {
            // What arrived last is not a multiple of the factor by construction.
            for number in self.numerators.iter().rev() {
                if content.is_one() {
                    return;
                }
                if !number.is_zero() {
                    content = common_with_product(std::slice::from_ref(number), &content);
                }
            }
            if content.is_one() {
                return;
            }
            let rest = &self.list[self.factors[k]] / &content;
            self.divide_by(&content);
            content = gcd(&rest, &content);
            self.factors[k] = self.list.len();
            self.list.push(rest);
        }
    }

    fn divide_by(&mut self, content: &BigInt) {
        for number in &mut self.numerators {
            *number /= content;
        }
        self.unit /= content;
    }

    /// The last factors divide all numerators if the coordinates that they came with rest no more.
    fn drop_unused_factors(&mut self) {
        while let Some(k) = self.factors.pop() {
            let factor = self.list[k].clone();
            let mut latest_first = self.numerators.iter().rev();
            if latest_first.any(|number| !(number % &factor).is_zero()) {
                self.factors.push(k);
                return;
            }
            self.divide_by(&factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use saltus_exact::Rational;

    use super::*;

    fn form(constant: i64, weights: &[i64]) -> Form {
        Form {
            constant: constant.into(),
            weights: weights.iter().map(|&w| w.into()).collect(),
        }
    }

    /// `a_3 = 5/7`, then `a_1 = (4 + 14 · 5/7)/21 = 2/3`; 3 enters again.
    #[test]
    fn forms_are_evaluated_where_something_rests() {
        let mut resting = Resting::none();
        let value = |resting: &mut Resting, form: &Form, speed: i64, scale: i64| {
            let numerator = resting.numerator(form);
            let (quotient, position) = resting.quotient(numerator, &speed.into(), &scale.into());
            let values = Rational::over_shared_factors(vec![quotient], &resting.list);
            (values.expect("known factors")[0].to_string(), position)
        };
        let (text, speed) = value(&mut resting, &form(5, &[]), 7, 10);
        assert_eq!(text, "1/14");
        resting.replace(9, &[(3, form(5, &[]))], speed);
        assert_eq!(resting.coordinates(), [3]);
        let (text, speed) = value(&mut resting, &form(4, &[14]), 21, 2);
        assert_eq!(text, "1/3");
        resting.replace(2, &[(1, form(4, &[14]))], speed);
        assert_eq!(resting.coordinates(), [3, 1]);
        assert_eq!(value(&mut resting, &form(0, &[1, 0]), 1, 1).0, "5/7");
        assert_eq!(value(&mut resting, &form(0, &[0, 1]), 1, 1).0, "2/3");
        let (text, speed) = value(&mut resting, &form(-1, &[1, 2]), 5, 3);
        assert_eq!(text, "22/315");
        resting.replace(3, &[], speed);
        assert_eq!(resting.coordinates(), [1]);
        assert_eq!(value(&mut resting, &form(0, &[1]), 1, 1).0, "2/3");
        resting.replace(1, &[], speed);
        assert!(resting.unit.is_one());
    }
}
