import ArgumentParser
import Foundation
import Ratings
import RatingsFiles

/// `latent import`
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Brings ratings and items from files into the store: all of them or nothing.",
    discussion: """
      A PATH is a file of ratings (CSV, TSV, :: and the like, JSON Lines or a JSON array, each as it is \
      or compressed with gzip or zstd), a folder in one of MovieLens's layouts, or - for standard input. \
      How it is laid out is found out and said. Without a column of values every line is a rating of 1: \
      plays, clicks. Where ratings have other values already, such a file is refused unless --columns, \
      without value=, says that it is meant so. Importing the same again changes nothing.

      What several ratings of one item by one user within an import become is for --repeats to say: the \
      newest, without times the last, unless it is said otherwise; of plays without values it is their \
      count. A pair that the store has already gets the new value, unless the store's is newer; with --add \
      the new value is added to the old one, and a file that was added once is not added again.

      A bad line stops the import, and nothing is stored. With --rejects FILE bad lines of ratings go \
      to FILE as they stand, those of items to FILE.items, what is wrong with each to FILE.reasons and \
      FILE.items.reasons, and the import goes on: mend them and import them. Lines of a file in another \
      encoding stand there in UTF-8, marked so, and are read so whatever --encoding says. The files appear when the import is done. When no line is good, nothing is \
      imported, and the exit code is 1.

      Files with ratings by somebody whom `latent forget` removed are refused. With --forgotten skip \
      these ratings are left out, which is what an import every night wants; with --forgotten readmit the \
      person is taken back.
      """)

  @Argument(
    help: ArgumentHelp("Files, MovieLens folders, or - for standard input.", valueName: "path"))
  var paths: [String] = []

  @Option(
    help: ArgumentHelp(
      "A file of items: id, title, and any other column as an attribute.", valueName: "file"))
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

  @Option(
    help: ArgumentHelp(
      "What ratings say: explicit (opinions) or implicit (how often something happened); set once for "
        + "the store, else guessed.", valueName: "kind"))
  var feedback: Feedback?
  @Option(
    help: ArgumentHelp(
      "What several ratings of one pair become.", valueName: "rule"))
  var repeats: RepeatRule?

  @Flag(
    help: ArgumentHelp(
      "Add the values to those that the store has of the same pairs, once for each file."))
  var add = false

  @Option(help: ArgumentHelp("Set bad lines aside in this file and go on.", valueName: "file"))
  var rejects: String?
  @Option(
    help: ArgumentHelp(
      "What comes from a pipe is kept in the temporary folder to be read twice, where the ids' types "
        + "must be found out: up to so much.", valueName: "MiB"))
  var spoolLimit = 4096
  @Option(
    help: ArgumentHelp(
      "What becomes of ratings by people who were forgotten: refuse, skip, or readmit.",
      valueName: "rule"))
  var forgotten = ForgottenRule.refuse
  @Flag(help: "Read and say what would be written, and write nothing.")
  var dryRun = false
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
    guard layout.itemColumns == nil || !items.isEmpty else {
      throw ValidationError("--item-columns says how files of --items are laid out: name one.")
    }
    guard (1...1 << 30).contains(spoolLimit) else {
      throw ValidationError("--spool-limit must be from 1 to \(1 << 30).")
    }
  }

  func run() throws {
    try requireOtherRejects()
    let store = try store.open()
    let (importing, notes) = try plan()
    let meter = ImportMeter(isShown: !quiet && StandardError.isTerminal)
    let outcome: ImportOutcome
    do {
      outcome =
        dryRun
        ? try importing.preview(over: store) { meter.show($0) }
        : try importing.run(into: store) { meter.show($0) }
    } catch {
      meter.clear()
      throw error
    }
    meter.clear()
    for warning in ImportWarnings(outcome, rejects: dryRun ? nil : rejects).all {
      StandardError.write("warning: \(warning)\n")
    }
    if !quiet {
      try StandardOutput.write(
        ImportReport(outcome, notes: notes, isDryRun: dryRun, seconds: meter.seconds).text)
    }
  }

  /// Throws where a file of bad lines would take the store's place.
  private func requireOtherRejects() throws {
    guard let rejects else { return }
    for path in [rejects, rejects + ".reasons", rejects + ".items", rejects + ".items.reasons"]
    where try store.isFile(path) {
      throw ValidationError("--rejects \(rejects) would be the store itself: name another file.")
    }
  }

  /// What is to be read, with folders taken apart into their files.
  private func plan() throws -> (importing: RatingsImport, notes: [String]) {
    var notes: [String] = []
    var importing = RatingsImport(
      ratings: [],
      items: items.map {
        .init(path: $0, options: layout.itemsOptions(isAlone: paths.isEmpty))
      }, userType: userIDType.type,
      itemType: itemIDType.type, scale: scale, rejectsPath: rejects)
    importing.spoolLimit = spoolLimit << 20
    importing.forgotten = forgotten
    (importing.feedback, importing.repeats, importing.adds) = (feedback, repeats, add)
    for path in paths {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
        guard layout.options == RatingsFileOptions() else {
          throw ValidationError(
            "\(path) is a folder, whose files' layouts are known: name the file to say otherwise.")
        }
        let folder = try MovieLensFolder(path: path)
        notes += Self.note(path, folder)
        importing.ratings.append(
          .init(path: folder.ratingsPath, options: folder.ratingsOptions))
        if let itemsPath = folder.itemsPath {
          importing.items.append(.init(path: itemsPath, layout: folder.itemsLayout))
        }
      } else {
        importing.ratings.append(.init(path: path, options: layout.options))
      }
    }
    return (importing, notes)
  }

  /// What of a folder is not read, if anything.
  private static func note(_ path: String, _ folder: MovieLensFolder) -> [String] {
    guard !folder.otherFiles.isEmpty else { return [] }
    let named = folder.otherFiles.prefix(12).joined(separator: ", ")
    let others = folder.otherFiles.count > 12 ? ", ..." : ""
    let hint = folder.itemsPath == nil ? " (items are read with --items FILE)" : ""
    return ["Not read of \(path): \(named)\(others)\(hint)."]
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

extension Feedback: ExpressibleByArgument {}
extension RepeatRule: ExpressibleByArgument {}
extension ForgottenRule: ExpressibleByArgument {}
