import ArgumentParser
import Foundation

/// Runs fast.ai's lesson 6 with `latent`, and writes the results to a page.
struct LessonCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson",
    abstract: "Works through fast.ai's lesson 6 on real images and ratings, and writes one page.",
    discussion: """
      Needs clothing-small-128, aquarium-256, elpv-128 and ml-latest-small in one folder. Each \
      part runs `latent` as an analyst would; the page shows what the lesson teaches, the \
      commands, their results, and the conclusion. A part that fails is reported on the page, the \
      others continue, and the exit code is 1.
      """)

  @Option(help: ArgumentHelp("The page to write.", valueName: "file"), completion: .file())
  var out = "lesson6.html"

  @Option(
    help: ArgumentHelp(
      "The folder of the data sets (default: LATENT_DATA, else ../shared/data).",
      valueName: "folder"), completion: .directory)
  var data: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Only these parts: \(LessonParts.names).", valueName: "name"))
  var part: [String] = []

  @Flag(help: "Smaller images and fewer epochs: a third of the time, with less reliable figures.")
  var quick = false

  @Option(help: "Threads to compute with (default: one per processor).")
  var threads: Int?

  func validate() throws {
    guard threads.map({ (1...1024).contains($0) }) ?? true else {
      throw ValidationError("--threads must be from 1 to 1024.")
    }
    for name in part where !LessonParts.all.contains(where: { $0.name == name }) {
      throw ValidationError("--part: there is no \(name). The parts are \(LessonParts.names).")
    }
    guard ["html", "htm"].contains(URL(fileURLWithPath: out).pathExtension.lowercased()) else {
      throw ValidationError("--out must end in .html.")
    }
  }

  func run() throws {
    let environment = ProcessInfo.processInfo.environment["LATENT_DATA"] ?? ""
    let folder = data ?? (environment.isEmpty ? "../shared/data" : environment)
    try checkPlaces(folder)
    let lesson = try Lesson(on: folder, quick ? .quick : Lesson.Extent(), threads: threads)
    let parts = LessonParts.all.filter { part.isEmpty || part.contains($0.name) }
    var outcomes: [LessonPage.Outcome] = []
    let (_, seconds) = try timed {
      for (number, part) in parts.enumerated() {
        Progress.say("part \(number + 1) of \(parts.count): \(part.heading)")
        outcomes.append(try Self.outcome(of: part, lesson))
      }
    }
    let page = LessonPage(
      outcomes,
      facts: [
        ("made", Date.now.formatted(.iso8601.year().month().day())),
        ("took", seconds.seconds), ("image size", "\(lesson.extent.side) pixels"),
        ("threads", threads.map { "\($0)" } ?? "\(ProcessInfo.processInfo.activeProcessorCount)"),
      ])
    try Data(page.html.utf8).write(to: URL(fileURLWithPath: out), options: .atomic)
    Progress.say("wrote \(out) in \(seconds.seconds)")
    let failed = outcomes.filter { if case .failure = $0.result { true } else { false } }
    guard failed.isEmpty else {
      throw ChildFailure(
        description: "\(failed.count) of \(outcomes.count) parts failed: "
          + failed.map { $0.part.name }.joined(separator: ", "))
    }
  }

  /// Runs a part. A failure is reported and does not end the lesson.
  private static func outcome(
    of part: any LessonPart.Type, _ lesson: Lesson
  ) throws -> LessonPage.Outcome {
    lesson.beginPart()
    let result: Result<LessonFindings, LessonFailure>
    do {
      let findings = try part.run(lesson)
      Progress.say("  \(findings.conclusion)")
      result = .success(findings)
    } catch let failure as LessonFailure {
      Progress.say("  failed: \(failure)")
      result = .failure(failure)
    }
    return LessonPage.Outcome(part: part, commands: lesson.commands, result: result)
  }

  /// Checks before the work that there is data to read and that the page can be written; throws otherwise.
  private func checkPlaces(_ folder: String) throws {
    let files = FileManager.default
    let missing = LessonData.allCases.filter {
      !files.fileExists(atPath: "\(folder)/\($0.rawValue)")
    }
    let told = missing.map { "\($0.rawValue): \($0.source)" }
    for line in told { Progress.say("missing in \(folder): \(line)") }
    guard missing.count < LessonData.allCases.count else {
      throw ChildFailure(
        description:
          "none of the data sets is in \(folder). Set LATENT_DATA or --data to their folder."
      )
    }
    let place = URL(fileURLWithPath: out).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: place, isDirectory: &isFolder), isFolder.boolValue,
      files.isWritableFile(atPath: place)
    else {
      throw ChildFailure(
        description:
          "\(out) can't be written: \(place) is not a writable folder. Choose another --out."
      )
    }
    if files.fileExists(atPath: out, isDirectory: &isFolder), isFolder.boolValue {
      throw ChildFailure(description: "\(out) is a folder. --out takes a file: lesson6.html.")
    }
  }
}
