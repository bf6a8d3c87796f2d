import ArgumentParser
import Foundation
import Ratings
import RatingsFiles

/// `latent import`
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Import ratings and items from files into the store: all of them or nothing.",
    discussion: """
      A PATH is a file of ratings (CSV, TSV, with :: and other separators, JSON Lines or a JSON array, each plain \
      or compressed with gzip or zstd), a folder in one of MovieLens's layouts, or - for standard input. \
      The format is detected and reported. Without a column of values every line is a rating of 1, such as \
      a play or a click. If the store's ratings have other values, such a file is refused unless --columns, \
      without value=, confirms it. Importing the same file again changes nothing.

      --repeats decides what becomes of several ratings of one item by one user within an import: by default the \
      newest is kept, or the last without times; plays without values are \
      counted. A pair that the store already has gets the new value, unless the store's is newer. With --add \
      the new value is added to the old one, and a file is never added twice.

      A bad line stops the import, and nothing is stored. With --rejects FILE the import continues, and bad lines of ratings \
      are written unchanged to FILE, those of items to FILE.items, and the reasons to FILE.reasons and \
      FILE.items.reasons: correct the lines and import them. Lines of a file in another \
      encoding are written in UTF-8 with a mark, and are read as such whatever --encoding says. The files appear at the end \
      of the import. If there is no good line, nothing is imported and the exit code is 1.

      Files with ratings by a user whom `latent forget` removed are refused. With --forgotten skip \
      these ratings are left out, as a nightly import needs; with --forgotten readmit the \
      user is readmitted.
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
      "The kind of feedback: explicit (opinions) or implicit (how often something happened); set once for "
        + "the store, else guessed.", valueName: "kind"))
  var feedback: Feedback?
  @Option(
    help: ArgumentHelp(
      "How to merge several ratings of one pair.", valueName: "rule"))
  var repeats: RepeatRule?

  @Flag(
    help: ArgumentHelp(
      "Add the values to those of the same pairs in the store, once per file."))
  var add = false

  @Option(help: ArgumentHelp("Write bad lines to this file and continue.", valueName: "file"))
  var rejects: String?
  @Option(
    help: ArgumentHelp(
      "The maximum size of input from a pipe that is stored in the temporary folder, in order to read it twice if the "
        + "types of ids must be detected.", valueName: "MiB"))
  var spoolLimit = 4096
  @Option(
    help: ArgumentHelp(
      "How to treat ratings by forgotten users: refuse, skip, or readmit.",
      valueName: "rule"))
  var forgotten = ForgottenRule.refuse
  @Flag(help: "Read and report what would be written, but write nothing.")
  var dryRun = false
  @Flag(help: "Write no output unless something is wrong.")
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
      throw ValidationError("--item-columns is for files of --items: name one.")
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

  /// Throws if a file of bad lines would overwrite the store.
  private func requireOtherRejects() throws {
    guard let rejects else { return }
    for path in [rejects, rejects + ".reasons", rejects + ".items", rejects + ".items.reasons"]
    where try store.isFile(path) {
      throw ValidationError("--rejects \(rejects) would be the store itself: name another file.")
    }
  }

  /// Returns the import, with folders resolved to their files.
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
            "\(path) is a folder, whose files' formats are known: name the file to give other options."
          )
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

  /// Returns a note about the files of a folder that are not read, if any.
  private static func note(_ path: String, _ folder: MovieLensFolder) -> [String] {
    guard !folder.otherFiles.isEmpty else { return [] }
    let named = folder.otherFiles.prefix(12).joined(separator: ", ")
    let others = folder.otherFiles.count > 12 ? ", ..." : ""
    let hint = folder.itemsPath == nil ? " (items are read with --items FILE)" : ""
    return ["Not read of \(path): \(named)\(others)\(hint)."]
  }
}

/// The type of ids on the command line.
enum IdentifierTypeChoice: String, ExpressibleByArgument, CaseIterable {
  case integer, text, auto

  /// The type; nil if it is to be detected.
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
