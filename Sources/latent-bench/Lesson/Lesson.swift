import Foundation

/// Runs the lesson's `latent` commands in a folder of its own, records each command and its output, and runs none
/// twice.
final class Lesson {
  /// The amount of training.
  struct Extent {
    /// The side length of the images.
    var side = 48
    /// The larger side length that a deeper network is tried with.
    var largeSide = 96
    /// The number of epochs on the photos of clothes and on the solar cells.
    var epochs = 3
    /// The number of epochs on the aquarium photos, of which there are fewer.
    var aquariumEpochs = 5
    /// The batch size for the aquarium photos. Smaller batches learn more per epoch, and take longer.
    var aquariumBatch = 32
    /// The number of epochs of the training that is too long.
    var longEpochs = 20
    /// The number of seeds of a training that others are compared to.
    var seeds = 3

    /// An extent that takes a third of the time.
    static let quick = Extent(
      side: 32, largeSide: 48, epochs: 1, aquariumEpochs: 3, aquariumBatch: 64, longEpochs: 8,
      seeds: 2)
  }

  /// A command that was run.
  struct Command {
    /// The command line in shell syntax.
    let text: String
    let seconds: Double
    /// Whether an earlier part of the lesson has run it.
    var isRepeated = false
  }

  /// The output of a command.
  struct Answer {
    let output: String
    let messages: String
    fileprivate let command: Command
  }

  let extent: Extent
  /// Options of every command that computes.
  let computing: [String]
  /// The commands of the current part.
  private(set) var commands: [Command] = []
  private let dataFolder: String
  private let program: String
  private let folder: ScratchFolder
  private var answers: [[String]: Answer] = [:]
  private var failures: [[String]: LessonFailure] = [:]
  private var models: [String: LessonModel] = [:]

  /// Creates a lesson on the data sets in `dataFolder`.
  init(on dataFolder: String, _ extent: Extent, threads: Int?) throws {
    self.extent = extent
    self.dataFolder = URL(fileURLWithPath: dataFolder).standardizedFileURL.path
    computing = threads.map { ["--threads", "\($0)"] } ?? []
    program = ChildProgram.sibling("latent")
    folder = try ScratchFolder()
  }

  /// Forgets the commands of the previous part.
  func beginPart() { commands = [] }

  /// Returns the folder of a data set. Throws an error that says where to get it if it is missing.
  func path(_ data: LessonData) throws -> String {
    let path = "\(dataFolder)/\(data.rawValue)"
    guard FileManager.default.fileExists(atPath: path) else { throw LessonFailure(missing: data) }
    return path
  }

  /// Returns the contents of a file that a command wrote in the lesson's folder.
  func file(_ name: String) throws -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
    } catch { throw LessonFailure("\(name) was not written") }
  }

  /// Runs `latent` and returns its output; returns the earlier output if the command has been run before. Throws
  /// ``LessonFailure`` with the program's messages if it fails.
  @discardableResult
  func latent(_ words: [String]) throws -> Answer {
    if let answer = answers[words] {
      commands.append(answer.command)
      commands[commands.count - 1].isRepeated = true
      return answer
    }
    if let failure = failures[words] { throw failure }
    let text = shellText(words)
    Progress.say("  $ \(text)")
    let (result, seconds) = try timed { try run(words) }
    let command = Command(text: text, seconds: seconds)
    commands.append(command)
    switch result {
    case .success(let said):
      let answer = Answer(output: said.output, messages: said.messages, command: command)
      answers[words] = answer
      return answer
    case .failure(let failure):
      failures[words] = failure
      throw failure
    }
  }

  private func run(
    _ words: [String]
  ) throws -> Result<(output: String, messages: String), LessonFailure> {
    let path = folder.path(".messages")
    func messages() throws -> FileHandle {
      try Data().write(to: URL(fileURLWithPath: path))
      return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }
    func said() -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
    do {
      let child = try ChildProgram(
        program, words, in: folder.path,
        environment: ["LATENT_STORE": "", "LATENT_MODELS": "", "NO_COLOR": "1"],
        messages: try messages())
      let output = try child.finish()
      return .success((output, said()))
    } catch let failure as ChildFailure {
      Cleanup.waitIfInterrupted()
      let words = said().split(separator: "\n").suffix(6).joined(separator: "\n")
      return .failure(LessonFailure(words.isEmpty ? failure.description : words))
    }
  }

  /// Returns a command line to paste into a shell: `latent`, with the data folder as a variable.
  private func shellText(_ words: [String]) -> String {
    let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-_./=:,+@%"))
    let quoted = words.map { word -> String in
      if word.hasPrefix(dataFolder + "/") {
        return "$LATENT_DATA" + word.dropFirst(dataFolder.count)
      }
      return !word.isEmpty && word.unicodeScalars.allSatisfy(plain.contains)
        ? word : "'\(word.replacing("'", with: #"'\''"#))'"
    }
    return (["latent"] + quoted).joined(separator: " ")
  }

  /// Trains, unless this was done before, and returns the model.
  func train(_ training: LessonTraining) throws -> LessonModel {
    let words = try training.words(in: self)
    let answer = try latent(words)
    if let model = models[training.name] { return model }
    let model = try LessonModel(training, answer, self)
    models[training.name] = model
    return model
  }
}

/// An error that says why a part of the lesson failed.
struct LessonFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  init(missing data: LessonData) {
    self.init("\(data.rawValue) is missing in the data folder: \(data.source)")
  }
}
