import Foundation
import TestEnvironment
import Testing

/// Tests of `latent-bench lesson`, on synthetic data in place of its data sets.
struct LessonTests {
  private let folder: TemporaryFolder
  private let program: Program

  init() throws {
    folder = try TemporaryFolder()
    for name in ["data/aquarium-256", "scratch"] {
      try FileManager.default.createDirectory(
        atPath: folder.path(name), withIntermediateDirectories: true)
    }
    try FileManager.default.copyItem(
      atPath: ProjectFolder.fixture("catalogue"), toPath: folder.path("data/ml-latest-small"))
    try folder.addPhotos()
    var table = "image,labels\n"
    let photos = try FileManager.default.contentsOfDirectory(atPath: folder.path("photos/colour"))
    for (number, file) in (photos.sorted() + photos.sorted()).enumerated() {
      let name = "IMG_\(number + 1)00_\(file)"
      try FileManager.default.copyItem(
        atPath: folder.path("photos/colour/\(file)"),
        toPath: folder.path("data/aquarium-256/\(name)"))
      table += "\(name),\(number < 5 ? "first" : "second")\(number % 2 == 0 ? " even" : "")\n"
    }
    try folder.write(table, to: "data/aquarium-256/labels.csv")
    program = Program(
      "latent-bench", in: folder.path,
      environment: ["LATENT_DATA": folder.path("data"), "TMPDIR": folder.path("scratch")])
  }

  /// Returns a written page without its `span` tags, so that its commands read as plain text.
  private func page(_ name: String = "lesson6.html") throws -> String {
    try String(contentsOfFile: folder.path(name), encoding: .utf8)
      .replacing(#/<\/?span[^>]*>/#, with: "")
  }

  private var leftOver: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path("scratch")) }
  }

  /// The part on ratings shows the commands it ran, their figures, and that a product of one-hot vectors equals the
  /// prediction of `latent predict`. A part whose images are missing is reported, and does not stop the others.
  @Test func aPartThatFailsIsToldAndTheOthersGoOn() throws {
    let result = try program.run(["lesson", "--quick", "--part", "range", "ratings"])
    #expect(result.exitCode == 1, "\(result.errors)")
    #expect(result.errors.contains("1 of 2 parts failed: range"), "\(result.errors)")
    #expect(result.errors.contains("elpv-dataset"), "\(result.errors)")
    let page = try page()
    #expect(page.contains("<dt>failed</dt><dd>A number within a range</dd>"))
    #expect(page.contains("This part failed:<br>elpv-128 is missing in the data folder"))
    #expect(
      page.contains(
        "latent train --model dot-bias --no-biases --range none --weight-decay 0 --no-refit"))
    #expect(page.contains("latent import $LATENT_DATA/ml-latest-small"))
    #expect(!page.contains(folder.path), "a path of this machine")
    let rows = page.split(separator: "<tr").map(String.init)
    // The product of the vectors, the lesson's prediction, and the program's prediction: the last two agree.
    let predictions = rows.filter { $0.contains("<td>user ") }.map { row in
      row.matches(of: #/<td>(−?[0-9.]+)<\/td>/#).map { String($0.1) }
    }
    #expect(predictions.count == 3)
    for numbers in predictions { #expect(numbers.count == 3 && numbers[1] == numbers[2]) }
    #expect(page.contains("what `latent predict` says"))
    #expect(try leftOver == [])
  }

  /// Images in the page come from `latent images show`. Each single channel has its own training.
  @Test func channelsAreShownAndTrainedOnApart() throws {
    let result = try program.run([
      "lesson", "--quick", "--part", "channels", "--threads", "1", "--out", "channels.html",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let page = try page("channels.html")
    #expect(page.contains("data:image/jpeg;base64,") && page.contains("channel 1"))
    #expect(page.contains("<p class=\"says\">Of the three channels "))
    for name in ["channels-red", "channels-green", "channels-blue", "channels-grey", "scratch-0"] {
      #expect(page.contains("--name \(name)"), "\(name)")
    }
    #expect(page.contains("--threads 1"))
    #expect(!page.contains("<td>none</td>"), "\(page)")
  }

  @Test(arguments: [
    ["--part", "no-such-part"], ["--out", "lesson.txt"], ["--threads", "0"], ["--quick", "yes"],
  ])
  func aWrongUseEndsWith64(_ arguments: [String]) throws {
    let result = try program.run(["lesson"] + arguments)
    #expect(result.exitCode == 64)
  }

  @Test func whatCannotBeReadOrWrittenIsSaidBeforeTheWork() throws {
    let noData = try program.run(["lesson", "--data", folder.path("scratch")])
    #expect(noData.exitCode == 1)
    #expect(noData.errors.contains("Set LATENT_DATA"), "\(noData.errors)")
    for name in ["clothing-small-128", "aquarium-256", "elpv-128", "ml-latest-small"] {
      #expect(noData.errors.contains("\(name): "))
    }
    let noPlace = try program.run(["lesson", "--out", "nowhere/lesson.html"])
    #expect(noPlace.exitCode == 1)
    #expect(noPlace.errors.contains("can't be written"), "\(noPlace.errors)")
    #expect(!noPlace.errors.contains("part 1"))
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func anInterruptedLessonLeavesNothingBehind(_ signal: Int32) throws {
    try folder.write("an older page", to: "lesson6.html")
    let running = try program.start(["lesson", "--part", "ratings"])
    #expect(running.waitForErrors("$ latent train"))
    running.send(signal)
    let result = running.finish()
    #expect(result.exitCode == 128 + signal, "\(result.errors)")
    let leftOver = try leftOver
    #expect(leftOver == [])
    #expect(try page() == "an older page")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.sorted() == ["data", "lesson6.html", "photos", "scratch"])
  }
}
