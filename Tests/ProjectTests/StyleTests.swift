import Foundation
import TestEnvironment
import Testing

/// Tests project rules that the formatter does not check.
struct StyleTests {
  static func sources() throws -> [String] {
    try ImportTests.swiftFiles(in: ProjectFolder.path + "/Sources")
  }

  static func lineCount(of file: String) throws -> Int {
    try String(contentsOfFile: file, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false
    ).count - 1
  }

  @Test func noSourceIsOver400Lines() throws {
    let counts = try Self.sources().map { (file: $0, lines: try Self.lineCount(of: $0)) }
    for count in counts { #expect(count.lines <= 400, "\(count.file): \(count.lines) lines") }
  }

  @Test func noFileIsADrawer() throws {
    let drawers = #/(?i)/(utils?|helpers?|common|misc)(\.swift|/)/#
    for file in try Self.sources() { #expect(file.firstMatch(of: drawers) == nil, "\(file)") }
  }

  /// Only code that opens a store may use its address with passwords.
  @Test func onlyWhoOpensAStoreTakesItsPasswords() throws {
    let openers = [
      "Ratings/StoreLocation", "RatingsPostgres/PostgresAddress",
      "RatingsPostgres/PostgresConnection", "latent/Options/StoreOptions",
    ]
    let others = try Self.sources().filter { file in
      !openers.contains { file.hasSuffix("/\($0).swift") }
    }
    for file in others {
      let text = try String(contentsOfFile: file, encoding: .utf8)
      #expect(!text.contains("unredacted"), "\(file)")
    }
  }

  /// Remedies that name commands and their options belong in `latent/CommandRemedies`.
  @Test func imagesAreToldOfWithoutTheCommandLine() throws {
    let modules = ["Images", "ImageModels", "ImageData", "ImageTraining", "ImageReports"]
    // CSS properties, which are followed by a colon or in brackets, do not match.
    let words = #/[ `"]--[a-z][a-z-]*(?![a-z-]*:)|\blatent (images|train|models)\b/#
    let files = try Self.sources().filter { file in
      modules.contains { file.contains("/Sources/\($0)/") }
    }
    #expect(files.count > 50)
    for file in files {
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
      for line in lines where !line.trimmingPrefix(while: \.isWhitespace).hasPrefix("//") {
        #expect(line.firstMatch(of: words) == nil, "\(file): \(line)")
      }
    }
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
    // Implementations are documented by the protocol's declaration.
    let declarations = try Self.sources().flatMap { try PackageDeclaration.all(in: $0) }
    #expect(declarations.count > 100)
    let documented = Set(declarations.filter(\.isDocumented).map(\.name))
    for declaration in declarations where !documented.contains(declaration.name) {
      Issue.record("\(declaration.name) at \(declaration.place) is not documented")
    }
  }
}

/// A type or function that is visible to other modules or required by a protocol.
private struct PackageDeclaration {
  let name: String
  let place: String
  let isDocumented: Bool

  static func all(in file: String) throws -> [PackageDeclaration] {
    let pattern =
      #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:package\s+)?(?:(?:static|final|mutating|consuming|borrowing|indirect)\s+)*(struct|class|enum|actor|protocol|func|typealias)\s+(`?\w+`?)/#
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    var inProtocol = false
    var declarations: [PackageDeclaration] = []
    for (number, line) in lines.enumerated() {
      if line.hasPrefix("}") { inProtocol = false }
      if line.hasPrefix("package protocol") { inProtocol = true }
      guard let match = line.firstMatch(of: pattern), inProtocol || line.contains("package ") else {
        continue
      }
      var above = number - 1
      while above >= 0, lines[above].trimmingPrefix(while: \.isWhitespace).hasPrefix("@") {
        above -= 1
      }
      let comment = above >= 0 ? lines[above].trimmingPrefix(while: \.isWhitespace) : ""
      declarations.append(
        PackageDeclaration(
          name: String(match.2), place: "\(file):\(number + 1)",
          isDocumented: comment.hasPrefix("///")))
    }
    return declarations
  }
}
