import ArgumentParser
import Errors
import Learning

/// What becomes of images that can't be read, where labelled ones are.
struct BrokenImageOptions: ParsableArguments {
  @Flag(help: "Go on without images that can't be read, and list them.")
  var skipBroken = false

  @Option(
    help: ArgumentHelp(
      "With --skip-broken: the share of images above which it ends all the same.",
      valueName: "share"))
  var brokenLimit = 0.1

  func validate() throws {
    guard (0...1).contains(brokenLimit) else {
      throw ValidationError("--broken-limit must be from 0 to 1.")
    }
  }

  /// None yet, of so many images.
  func broken(of count: Int) -> BrokenImages {
    BrokenImages(
      count: count, mostCount: skipBroken ? Int(brokenLimit * Double(count)) : nil)
  }
}

/// Images that can't be read and are left out, or the first of which ends it.
struct BrokenImages {
  /// How many images there are, and how many of them may be left out; nil where none may.
  private let count: Int
  private let mostCount: Int?
  /// The image's place in the data set, and what is wrong with it.
  private(set) var found: [(item: Int, words: String)] = []

  /// How many are said one by one.
  private static let shownCount = 10

  fileprivate init(count: Int, mostCount: Int?) {
    self.count = count
    self.mostCount = mostCount
  }

  /// Leaves an image out. Throws what keeps it from being read where none may be, and `badData` when they have become
  /// too many.
  mutating func add<Code: ErrorCode>(
    _ item: Int, _ error: ExplainedError<Code>
  ) throws(TrainingError) where Code.Place == String {
    guard let mostCount else {
      throw error as? TrainingError
        ?? TrainingError(.badData, error.problem, place: error.place, remedy: error.remedy)
    }
    found.append((item, "\(error.place): \(error.problem)"))
    guard found.count <= mostCount else {
      throw TrainingError(
        .badData, "\(error.problem); with it \(found.count) of \(count) images can't be read",
        place: error.place,
        remedy: "Look at them with `latent images check`, or raise --broken-limit.")
    }
  }

  /// How many were left out, and the first of them; nil when none was.
  var words: String? {
    guard !found.isEmpty else { return nil }
    let rest = found.count - Self.shownCount
    return
      (["left out \(found.count) of \(count) images, which can't be read:"]
      + found.prefix(Self.shownCount).map { "  \($0.words)" }
      + (rest > 0 ? ["  and \(rest) more: `latent images check` tells of all"] : []))
      .joined(separator: "\n")
  }
}
