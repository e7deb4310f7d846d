//! The report of `saltus suite`: its header, the hashes and the times.

use serde_json::Value;

use crate::harness::Folder;

#[test]
fn the_report_counts_random_instances_apart_and_names_hashes_and_times() {
    let folder = Folder::new();
    let arguments = ["suite", "--claim", "D3", "--claim", "R4", "--report", "out"];
    assert_eq!(folder.run(&arguments).code, Some(0));
    let page = folder.read("out/report.html");
    let text = folder.read("out/report.md");
    for document in [&page, &text] {
        assert!(document.contains("on 8 shipped instances and random ones"));
    }
    let report: Value = serde_json::from_str(&folder.read("out/report.json")).expect("JSON");
    let instances = report["instances"].as_array().expect("a list");
    assert_eq!(instances.len(), 9);
    for instance in instances {
        let is_random = instance["name"] == "random instances";
        let claim = if is_random { "R4" } else { "D3" };
        let seconds = instance["claim_seconds"].as_object().expect("times");
        assert_eq!(seconds.keys().collect::<Vec<_>>(), [claim]);
        assert!(seconds[claim].as_f64() <= instance["seconds"].as_f64());
        match instance["hash"].as_str() {
            Some(hash) => {
                assert_eq!(hash.len(), 64);
                // In the table of instances and at the head of its section.
                assert_eq!(page.matches(hash).count(), 2);
                assert_eq!(text.matches(hash).count(), 1);
            }
            None => assert!(is_random),
        }
    }
    // Nothing is loaded from elsewhere, and rows have their heads beside them in narrow windows.
    assert!(!page.contains("<link rel=\"stylesheet\"") && !page.contains("src="));
    assert_eq!(
        page.matches("<td ").count(),
        page.matches("data-label=").count()
    );
}

#[test]
fn random_instances_alone_have_a_header_of_their_own() {
    let folder = Folder::new();
    let run = folder.run(&["suite", "--claim", "R4", "--report", "out"]);
    assert!(run.stdout.contains("Random instances. Overall: holds."));
    assert!(
        folder
            .read("out/report.html")
            .contains("of work on random instances.")
    );
}
