import Errors

/// What `latent doctor` found, in the order in which it looked.
struct Diagnosis {
  /// How a thing is.
  enum State: String {
    case good
    /// Not there, which may be meant.
    case absent = "not there"
    /// It works, but not as fast as it could.
    case slow
    case wrong
  }

  /// One thing, in plain words.
  struct Finding {
    let subject: String
    let state: State
    let words: String
  }

  private(set) var findings: [Finding] = []

  /// All findings as a table.
  var table: ResultTable {
    var table = ResultTable([
      "check", "state", ResultTable.Column("finding", fit: .wrapped),
    ])
    for finding in findings {
      table.append([.text(finding.subject), .text(finding.state.rawValue), .text(finding.words)])
    }
    return table
  }

  /// Takes down how `subject` is.
  mutating func note(_ subject: String, _ state: State, _ words: String) {
    findings.append(Finding(subject: subject, state: state, words: words))
  }
}
