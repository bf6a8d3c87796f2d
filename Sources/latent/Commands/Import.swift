import ArgumentParser
import Foundation
import Ratings
import RatingsFiles

/// `latent import`
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Brings ratings and items from files into the store: all of them or nothing.",
    discussion: """
      A PATH is a file of ratings (CSV, TSV, :: and the like), a folder in one of MovieLens's \
      layouts, or - for standard input. Delimiter, header and the usual names of columns are found \
      out. Without a column of values every line is a rating of 1: plays, clicks. Where ratings have \
      other values already, such a file is refused unless --columns, without value=, says that it is \
      meant so. Importing the same again changes nothing; of several ratings of one pair the newest \
      holds, without times the last.

      A bad line stops the import, and nothing is stored. With --rejects FILE bad lines of ratings go \
      to FILE as they stand, what is wrong with each to FILE.reasons, and the import goes on: mend \
      FILE and import it. Both files appear when the import is done. When no line is good, nothing is \
      imported, and the exit code is 1.

      Files with ratings by somebody whom `latent forget` removed are refused, unless \
      --allow-forgotten takes the person back.
      """)

  @Argument(
    help: ArgumentHelp("Files, MovieLens folders, or - for standard input.", valueName: "path"))
  var paths: [String] = []

  @Option(
    help: ArgumentHelp(
      "A CSV file of items: id, title, and any other column as an attribute.", valueName: "file"))
  var items: [String] = []

  @OptionGroup var layout: LayoutOptions

  @Option(help: ArgumentHelp("The users' ids: integer, text or auto.", valueName: "type"))
  var userIDType = IdentifierTypeChoice.auto
  @Option(help: ArgumentHelp("The items' ids: integer, text or auto.", valueName: "type"))
  var itemIDType = IdentifierTypeChoice.auto

  @Option(
    help: ArgumentHelp(
      "The scale of ratings, such as 0.5..5, set once for the store.", valueName: "scale"),
    transform: { text in
      guard let scale = RatingScale(text) else {
        throw ValidationError("write the lowest and the highest rating, such as 0.5..5")
      }
      return scale
    })
  var scale: RatingScale?

  @Option(help: ArgumentHelp("Set bad lines aside in this file and go on.", valueName: "file"))
  var rejects: String?
  @Option(
    help: ArgumentHelp(
      "What comes from a pipe is kept in the temporary folder to be read twice, where the ids' types "
        + "must be found out: up to so much.", valueName: "MiB"))
  var spoolLimit = 4096
  @Flag(help: "Take back people who were forgotten: their ratings are refused otherwise.")
  var allowForgotten = false
  @Flag(help: "Say nothing unless something is wrong.")
  var quiet = false
  @OptionGroup var store: StoreOptions

  func validate() throws {
    guard !paths.isEmpty || !items.isEmpty else {
      throw ValidationError("Name a file, a folder or -, or --items.")
    }
    guard (paths + items).count(where: { $0 == "-" }) <= 1 else {
      throw ValidationError("Standard input can be read only once.")
    }
    guard (1...1 << 30).contains(spoolLimit) else {
      throw ValidationError("--spool-limit must be from 1 to \(1 << 30).")
    }
  }

  func run() throws {
    let store = try store.open()
    let importing = try plan()
    let meter = ImportMeter(isShown: !quiet && StandardError.isTerminal)
    let outcome: RatingsImport.Outcome
    do {
      outcome = try importing.run(into: store) { meter.show($0) }
    } catch {
      meter.clear()
      throw error
    }
    meter.clear()
    for warning in warnings(of: outcome) { StandardError.write("warning: \(warning)\n") }
    if let rejects, outcome.rejectedCount > 0 {
      StandardError.write(
        "warning: \(outcome.rejectedCount) bad \(outcome.rejectedCount == 1 ? "line is" : "lines are") "
          + "in \(rejects), the reasons in "
          + "\(rejects).reasons\n")
    }
    if !quiet { try StandardOutput.write(meter.summary(of: outcome)) }
  }

  /// What is likely not as it was meant.
  private func warnings(of outcome: RatingsImport.Outcome) -> [String] {
    var warnings = outcome.doubts.map { "\($0) (the option is --columns)" }
    if outcome.readmittedCount > 0 {
      let people = outcome.readmittedCount == 1 ? "person" : "people"
      warnings.append("\(outcome.readmittedCount) \(people) who had been forgotten came back")
    }
    warnings += outcome.filesWithoutRows.map {
      "\($0) is empty, or holds a header alone: nothing came from it"
    }
    for (side, survey) in [("user", outcome.surveyedUsers), ("item", outcome.surveyedItems)] {
      guard let survey, survey.isTextForAFew, let first = survey.firstException else { continue }
      let others = survey.integerCount + survey.exceptionCount
      warnings.append(
        "\(side) ids are text from now on in this store, as \(survey.exceptionCount) of \(others) "
          + "\(survey.exceptionCount == 1 ? "is" : "are") not written as 64-bit integers, the first of them \(first.text) (\(first.place)). If that "
          + "is a mistake, import into a new store with --\(side)-id-type integer, which stops at such "
          + "an id, or sets its line aside with --rejects")
    }
    return warnings
  }

  /// What is to be read, with folders taken apart into their files.
  private func plan() throws -> RatingsImport {
    var importing = RatingsImport(
      ratings: [], items: items.map { .init(path: $0) }, userType: userIDType.type,
      itemType: itemIDType.type, scale: scale, rejectsPath: rejects)
    importing.spoolLimit = spoolLimit << 20
    importing.readmitsForgotten = allowForgotten
    for path in paths {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
        guard layout.options == RatingsFileOptions() else {
          throw ValidationError(
            "\(path) is a folder, whose files' layouts are known: name the file to say otherwise.")
        }
        let folder = try MovieLensFolder(path: path)
        importing.ratings.append(
          .init(path: folder.ratingsPath, options: folder.ratingsOptions))
        if let itemsPath = folder.itemsPath {
          importing.items.append(.init(path: itemsPath, layout: folder.itemsLayout))
        }
      } else {
        importing.ratings.append(.init(path: path, options: layout.options))
      }
    }
    return importing
  }
}

/// The type of ids, as the command line gives it.
enum IdentifierTypeChoice: String, ExpressibleByArgument, CaseIterable {
  case integer, text, auto

  /// nil when it is to be found out.
  var type: IdentifierType? {
    switch self {
    case .integer: .integer
    case .text: .text
    case .auto: nil
    }
  }
}
