import ArgumentParser
import Errors
import Learning

/// Options for images that can't be read.
struct BrokenImageOptions: ParsableArguments {
  @Flag(help: "Skip images that can't be read, and list them.")
  var skipBroken = false

  @Option(
    help: ArgumentHelp(
      "With --skip-broken: fail if more than this share of the images can't be read.",
      valueName: "share"))
  var brokenLimit = 0.1

  func validate() throws {
    guard (0...1).contains(brokenLimit) else {
      throw ValidationError("--broken-limit must be from 0 to 1.")
    }
  }

  /// Returns an empty list of broken images, for a set of `count` images.
  func broken(of count: Int) -> BrokenImages {
    BrokenImages(
      count: count, mostCount: skipBroken ? Int(brokenLimit * Double(count)) : nil)
  }
}

/// The images that can't be read: they are left out, or the first one is an error.
struct BrokenImages {
  /// The number of images, and the maximum number that may be left out; nil if none may.
  private let count: Int
  private let mostCount: Int?
  /// The index of each broken image in the data set, with its problem.
  private(set) var found: [(item: Int, words: String)] = []

  /// The maximum number of images that are listed individually.
  private static let shownCount = 10

  fileprivate init(count: Int, mostCount: Int?) {
    self.count = count
    self.mostCount = mostCount
  }

  /// Leaves an image out. Throws its error if no image may be left out, and `badData` if there are now too many.
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

  /// The number of images left out, with a list of the first ones; nil if there are none.
  var words: String? {
    guard !found.isEmpty else { return nil }
    let rest = found.count - Self.shownCount
    return
      (["left out \(found.count) of \(count) images, which can't be read:"]
      + found.prefix(Self.shownCount).map { "  \($0.words)" }
      + (rest > 0 ? ["  and \(rest) more: `latent images check` lists all"] : []))
      .joined(separator: "\n")
  }
}
