import Foundation

/// Goes through the lesson: runs `latent` in a folder of its own, keeps what it was asked and answered, and runs
/// nothing twice.
final class Lesson {
  /// How much is trained.
  struct Extent {
    /// The side of images.
    var side = 48
    /// The larger side that a deeper network is tried with.
    var largeSide = 96
    /// Epochs on the photos of clothes and on the solar cells.
    var epochs = 3
    /// Epochs on the photos of an aquarium, which are fewer.
    var aquariumEpochs = 5
    /// How many of those are a batch: smaller ones learn more in an epoch, and take longer.
    var aquariumBatch = 32
    /// Epochs of the training that goes on for too long.
    var longEpochs = 20
    /// How often a training is repeated by which another is judged.
    var seeds = 3

    /// The same in a third of the time.
    static let quick = Extent(
      side: 32, largeSide: 48, epochs: 1, aquariumEpochs: 3, aquariumBatch: 64, longEpochs: 8,
      seeds: 2)
  }

  /// A command that was run.
  struct Command {
    /// As a shell reads it.
    let text: String
    let seconds: Double
    /// Whether another part of the lesson has run it before.
    var isRepeated = false
  }

  /// What a command left.
  struct Answer {
    let output: String
    let messages: String
    fileprivate let command: Command
  }

  let extent: Extent
  /// Options of every command that computes.
  let computing: [String]
  /// The commands of the part that is being run.
  private(set) var commands: [Command] = []
  private let dataFolder: String
  private let program: String
  private let folder: ScratchFolder
  private var answers: [[String]: Answer] = [:]
  private var failures: [[String]: LessonFailure] = [:]
  private var models: [String: LessonModel] = [:]

  /// A lesson on the sets beneath `dataFolder`.
  init(on dataFolder: String, _ extent: Extent, threads: Int?) throws {
    self.extent = extent
    self.dataFolder = URL(fileURLWithPath: dataFolder).standardizedFileURL.path
    computing = threads.map { ["--threads", "\($0)"] } ?? []
    program = ChildProgram.sibling("latent")
    folder = try ScratchFolder()
  }

  /// Forgets the commands of the part before.
  func beginPart() { commands = [] }

  /// The folder of a set. Throws where it is not there, saying where it is to be had.
  func path(_ data: LessonData) throws -> String {
    let path = "\(dataFolder)/\(data.rawValue)"
    guard FileManager.default.fileExists(atPath: path) else { throw LessonFailure(missing: data) }
    return path
  }

  /// The path of a file that commands write, as they are to be given it.
  func file(_ name: String) throws -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
    } catch { throw LessonFailure("no \(name) was written") }
  }

  /// What `latent` answers; a command that was run before is not run again. Throws ``LessonFailure`` where it
  /// fails, with what it said.
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

  /// A command line to be copied into a shell: `latent`, with the folder of data by its variable.
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

  /// Trains, unless that was done before, and returns what came of it.
  func train(_ training: LessonTraining) throws -> LessonModel {
    let words = try training.words(in: self)
    let answer = try latent(words)
    if let model = models[training.name] { return model }
    let model = try LessonModel(training, answer, self)
    models[training.name] = model
    return model
  }
}

/// Why a part of the lesson could not be gone through.
struct LessonFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  init(missing data: LessonData) {
    self.init("\(data.rawValue) is not beneath the folder of data: \(data.source)")
  }
}
