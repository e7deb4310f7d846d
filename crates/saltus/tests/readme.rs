//! README and book say what the registry says.

use saltus::answers::ClaimList;

#[track_caller]
fn region<'a>(text: &'a str, name: &str) -> &'a str {
    let (begin, end) = (
        format!("<!-- {name}:begin -->\n"),
        format!("<!-- {name}:end -->"),
    );
    let (_, rest) = text.split_once(&begin).expect("the region begins");
    rest.split_once(&end).expect("the region ends").0
}

/// A claim that is reworded or renamed changes what papers cite.
#[test]
fn the_table_of_claims_in_latex() {
    insta::assert_snapshot!(ClaimList::registry().latex());
}

#[test]
fn the_table_of_claims_in_the_readme_is_the_registry() {
    let readme = include_str!("../../../README.md");
    assert_eq!(
        region(readme, "claims"),
        ClaimList::registry().markdown(),
        "run `saltus claims --markdown` and put its output between the markers"
    );
}
