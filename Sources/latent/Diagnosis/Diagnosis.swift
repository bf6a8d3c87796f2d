import Errors

/// The findings of `latent doctor`, in order.
struct Diagnosis {
  /// The state of the thing that was checked.
  enum State: String {
    case good
    /// It does not exist, which may be intended.
    case absent = "not there"
    /// It works, but not as fast as it could.
    case slow
    case wrong
  }

  /// A finding in words.
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

  /// Adds a finding about `subject`.
  mutating func note(_ subject: String, _ state: State, _ words: String) {
    findings.append(Finding(subject: subject, state: state, words: words))
  }
}
