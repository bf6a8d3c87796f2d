import Foundation
import TestEnvironment
import Testing

/// Rules of the house that a formatter does not know.
struct StyleTests {
  static func sources() throws -> [String] {
    try ImportTests.swiftFiles(in: ProjectFolder.path + "/Sources")
  }

  static func lineCount(of file: String) throws -> Int {
    try String(contentsOfFile: file, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false
    ).count - 1
  }

  @Test func noSourceIsOver400LinesAndHalfAreUnder120() throws {
    let counts = try Self.sources().map { (file: $0, lines: try Self.lineCount(of: $0)) }
    for count in counts { #expect(count.lines <= 400, "\(count.file): \(count.lines) lines") }
    #expect(counts.count { $0.lines < 120 } * 2 >= counts.count)
  }

  @Test func noFileIsADrawer() throws {
    let drawers = #/(?i)/(utils?|helpers?|common|misc)(\.swift|/)/#
    for file in try Self.sources() { #expect(file.firstMatch(of: drawers) == nil, "\(file)") }
  }

  @Test func nothingIsLeftOpenAndNothingTrapsOnBadInput() throws {
    let words = #/\b(TODO|FIXME|XXX|HACK)\b|\btry!|\bas!/#
    for file in try Self.sources() {
      let text = try String(contentsOfFile: file, encoding: .utf8)
      #expect(text.firstMatch(of: words) == nil, "\(file)")
    }
  }

  @Test func everyUncheckedSendableStatesItsProof() throws {
    for file in try Self.sources() {
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
      for (number, line) in lines.enumerated() where line.contains("@unchecked Sendable") {
        guard !line.trimmingPrefix(while: \.isWhitespace).hasPrefix("//") else { continue }
        let above = number > 0 ? lines[number - 1].trimmingPrefix(while: \.isWhitespace) : ""
        #expect(above.hasPrefix("//"), "\(file):\(number + 1) has no proof above it")
      }
    }
  }

  @Test func everyPackageDeclarationIsDocumented() throws {
    // What a protocol asks for, or an operator that says itself, needs no words.
    let declaration =
      #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*package\s+(?:private\(set\)\s+|static\s+|final\s+|mutating\s+|consuming\s+|indirect\s+)*(struct|class|enum|actor|protocol|func|typealias)\b/#
    let selfEvident = ["static func ==", "static func <", "func hash(into", "static func +="]
    for file in try Self.sources() {
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
      for (number, line) in lines.enumerated() where line.firstMatch(of: declaration) != nil {
        guard !selfEvident.contains(where: { line.contains($0) }) else { continue }
        var above = number - 1
        while above >= 0, lines[above].trimmingPrefix(while: \.isWhitespace).hasPrefix("@") {
          above -= 1
        }
        let comment = above >= 0 ? lines[above].trimmingPrefix(while: \.isWhitespace) : ""
        #expect(comment.hasPrefix("///"), "\(file):\(number + 1) is not documented")
      }
    }
  }
}
