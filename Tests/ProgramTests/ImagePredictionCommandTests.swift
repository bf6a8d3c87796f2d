import Foundation
import ModelRegistry
import Recommenders
import TestEnvironment
import Testing

/// Tests of `latent images predict` and `examine` through the binary, with a barely trained model.
struct ImagePredictionCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    try folder.addPhotos()
  }

  private let split = ["--split", "random:0.4"]

  private func train(_ options: [String]) throws {
    let result = try program.run(
      ["images", "train", "photos", "--epochs", "1", "--publish", "--quiet", "--size", "32"]
        + ["--batch-size", "4"] + split + options)
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  private func rows(_ arguments: [String], input: String = "") throws -> [[String: Any]] {
    let result = try program.run(["images"] + arguments + ["--format", "json"], input: input)
    try #require(result.exitCode == 0, "\(result.errors)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
  }

  /// A copy of a version's model file gives the version's answers without a folder of models.
  @Test func aFileIsAskedAsItsVersionIs() throws {
    try train([])
    let published = try rows(["predict", "photos"])
    try FileManager.default.copyItem(
      atPath: folder.path("latent-models/images/versions/000001/model.safetensors"),
      toPath: folder.path("copy.safetensors"))
    try FileManager.default.removeItem(atPath: folder.path("latent-models"))
    let file = ["--model-file", "copy.safetensors"]
    let answers = try rows(["predict", "photos"] + file)
    #expect(answers.count == 10)
    for (own, other) in zip(answers, published) {
      #expect(own["class"] as? String == other["class"] as? String)
      let probabilities = [own, other].compactMap { $0["probability"] as? Double }
      #expect(probabilities.count == 2 && abs(probabilities[0] - probabilities[1]) < 1e-4)
    }
    for command in [
      ["embed", "photos/colour", "--out", "vectors.csv"], ["export", "--onnx", "x.onnx"],
    ] {
      let result = try program.run(["images"] + command + file)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    for (path, words) in [
      ("none.safetensors", "none.safetensors"), ("photos/grey/grey.jpg", "grey.jpg"),
      (ProjectFolder.fixture("models/good-two-tensors.safetensors"), "not an image model"),
    ] {
      let refused = try program.run(["images", "predict", "photos", "--model-file", path])
      #expect(refused.exitCode == 1 && refused.errors.contains(words), "\(refused.errors)")
    }
    // A model file can be evaluated, too. It does not record how it was trained or what the outputs are called.
    for all in [true, false] {
      let examined = try program.run(
        ["images", "examine", "photos"] + split + file + (all ? ["--all"] : []))
      #expect(examined.exitCode == 0 && examined.output.contains("grey"), "\(examined.errors)")
      #expect(
        examined.errors.contains(
          all ? "some of these images" : "nothing says what copy.safetensors was trained on"))
    }
    let report = ["images", "report", "photos", "--all", "--out", "report.html"]
    let page = try program.run(report + file)
    #expect(page.exitCode == 0, "\(page.errors)")
    let text = try String(contentsOfFile: folder.path("report.html"), encoding: .utf8)
    #expect(text.contains("<h1>copy.safetensors</h1>"))
    for command in [["images", "examine", "photos"], report] {
      let folds = try program.run(command + ["--folds", "2"] + file)
      #expect(
        folds.exitCode == 64 && folds.errors.contains("copy.safetensors does not record how"),
        "\(folds.errors)")
    }
    let unnamed = try program.run(["images", "score", "photos"] + file)
    #expect(unnamed.exitCode == 64 && unnamed.errors.contains("--results"), "\(unnamed.errors)")
    let scored = try program.run(["images", "score", "photos", "--results", "few"] + file)
    #expect(
      scored.exitCode == 0 && scored.errors.contains("wrote version 1 of few"), "\(scored.errors)")
    let shown = try program.run(["models", "show", "1", "--name", "few"])
    #expect(shown.output.contains("copy.safetensors"), "\(shown.output)")
    let both = try program.run(["images", "predict", "photos", "--version", "1"] + file)
    #expect(both.exitCode == 64 && both.errors.contains("--model-file"), "\(both.errors)")
  }

  /// Batch scores equal single predictions, and the daemon looks them up.
  @Test func answersArePublishedAndLookedUp() throws {
    try train([])
    let all = try rows(["predict", "photos"])
    let scored = try program.run(["images", "score", "photos", "--publish", "--batch-size", "3"])
    #expect(scored.exitCode == 0 && scored.output.isEmpty)
    #expect(
      scored.errors
        == "scored 10 of 10 images: wrote version 1 of images-scores and put it in service\n")
    // The record was written before the version was put in service.
    let manifest = try String(
      contentsOfFile: folder.path("latent-models/images-scores/versions/000001/manifest.json"),
      encoding: .utf8)
    #expect(!manifest.contains("published"), "\(manifest)")
    let shown = try program.run(["models", "show", "--name", "images-scores"])
    #expect(shown.output.contains(#/run outcome +published/#), "\(shown.output)")
    try folder.write(
      "item,image\n7,grey/grey.jpg\n8,grey/none.jpg\n9,colour/lossy.webp\n", to: "items.csv")
    let table = ["images", "score", "photos", "--items", "items.csv", "--results", "few"]
    let broken = try program.run(table + ["--publish"])
    #expect(broken.exitCode == 1 && broken.errors.contains("none.jpg"))
    // If more than a tenth of the images can't be read, the version in service stays.
    let most = try program.run(table + ["--publish", "--skip-broken"])
    #expect(most.exitCode == 1 && most.errors.contains("1 of 3 images"), "\(most.errors)")
    let few = try program.run(table + ["--publish", "--skip-broken", "--broken-limit", "0.5"])
    #expect(few.exitCode == 0 && few.errors.contains("scored 2 of 3 images"))
    #expect(few.errors.contains("left out 1 of 3 images") && few.errors.contains("none.jpg"))
    try folder.write("item,image\n7,grey/grey.jpg\n7,colour/lossy.webp\n", to: "twice.csv")
    let twice = try program.run(["images", "score", "photos", "--items", "twice.csv"])
    #expect(twice.exitCode == 1 && twice.errors.contains("appears twice"))
    try folder.write(
      "item,image\ncaf\u{E9},grey/grey.jpg\ncafe\u{301},colour/lossy.webp\n", to: "bytes.csv")
    let bytes = try program.run(["images", "score", "photos", "--items", "bytes.csv"])
    #expect(bytes.exitCode == 0 && bytes.errors.contains("scored 2 of 2"), "\(bytes.errors)")
    try folder.write("item,image\n\"\",grey/grey.jpg\n", to: "empty.csv")
    let empty = try program.run(["images", "score", "photos", "--items", "empty.csv"])
    #expect(empty.exitCode == 1 && empty.errors.contains("has 0 bytes"), "\(empty.errors)")
    // A path too long for an id.
    let deep =
      "deep/"
      + Array(repeating: String(repeating: "d", count: 200), count: 6).joined(separator: "/")
    try FileManager.default.createDirectory(
      atPath: folder.path(deep), withIntermediateDirectories: true)
    // Foundation's copyItem truncates paths at 1024 bytes.
    try Data(contentsOf: URL(fileURLWithPath: folder.path("photos/grey/grey.jpg")))
      .write(to: URL(fileURLWithPath: folder.path(deep + "/grey.jpg")))
    let long = try program.run(["images", "score", "deep", "--results", "long"])
    #expect(
      long.exitCode == 1 && long.errors.contains("an id of 1 to 1024 bytes"), "\(long.errors)")
    let unnamed = try program.run(table + ["--id-column", "id"])
    #expect(
      unnamed.exitCode == 1
        && unnamed.errors.contains("Its columns: item, image. The option is --id-column."),
      "\(unnamed.errors)")
    let mistyped = try program.run(table + ["--image-column", "imgae"])
    #expect(
      mistyped.exitCode == 1
        && mistyped.errors.contains(
          "items.csv: there is no column imgae. Did you mean image? The option is --image-column."),
      "\(mistyped.errors)")
    let running = try program.start(
      ["serve", "--socket", "s.sock"]
        + ["images", "images-scores", "few"].flatMap { ["--name", $0] })
    try #require(running.waitForOutput("s.sock\n"))
    let row = try #require(all.first { $0["image"] as? String == "photos/grey/grey.jpg" })
    let answers = try SocketClient(path: folder.path("s.sock")).ask(
      "CLASSIFY images-scores ITEM grey/grey.jpg COUNT 1\nCLASSIFY few ITEM 7 COUNT 1\n"
        + "CLASSIFY few ITEM 8\nQUIT\n"
    ).split(separator: "\n")
    for (answer, name) in zip(answers, ["images-scores", "few"]) {
      let expected = try #require(row["class"] as? String)
      #expect(
        answer.hasPrefix(
          #"{"model":"\#(name)","version":1,"classes":[{"class":"\#(expected)","probability":"#))
    }
    #expect(answers[2].contains("UNKNOWN_ITEM"))
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
    // An image has the same name as a user to be forgotten: this is reported, and the image is left alone.
    try folder.write("user,item,rating\n7,1,5\n7,2,4\n8,1,3\n", to: "ratings.csv")
    #expect(try program.run(["import", "ratings.csv", "--quiet"]).exitCode == 0)
    let forgotten = try program.run(["forget", "--user", "7", "--everywhere", "--format", "csv"])
    #expect(forgotten.exitCode == 0, "\(forgotten.errors)")
    #expect(forgotten.errors.contains("of few (") && forgotten.errors.contains("is called 7 there"))
    #expect(forgotten.output.contains("7,version,few,1,") && forgotten.output.contains(",same_id,"))
    let other = try program.run(["forget", "--user", "8", "--everywhere"])
    #expect(other.exitCode == 0 && other.errors.isEmpty, "\(other.errors)")
  }

  /// A name never serves a different kind of model.
  @Test func aNameKeepsItsKindOfModel() throws {
    let registry = ModelRegistry(folder.path("latent-models"), forms: .recommenders)
    do {
      // The publisher holds the lock of the models folder for its lifetime.
      let publisher = try Publisher(of: .usual, in: registry, command: "test")
      let run = TrainingRun(
        modelName: "recommender", kind: "dot-bias", outcome: .published,
        startedAt: "2026-11-20T03:00:00Z", threadCount: 1, latentVersion: "0.1.0")
      try publisher.promote(publisher.stage(QueryTests.contents()).commit(run).version)
    }
    try train([])
    try folder.write("user,item,rating\nann,10,4\nann,20,2\nbob,10,4\n", to: "r.csv")
    try #require(try program.run(["import", "r.csv"]).exitCode == 0)
    for (arguments, form) in [
      (["images", "score", "photos", "--results", "recommender", "--publish"], "factor"),
      (["images", "train", "photos", "--name", "recommender", "--size", "32"] + split, "factor"),
      (["train", "--name", "images"], "image-model"),
    ] {
      let refused = try program.run(arguments)
      #expect(
        refused.exitCode == 1
          && refused.errors.contains("another kind of model: its form is '\(form)")
          && refused.errors.contains("another name for the model"), "\(refused.errors)")
    }
    #expect(try registry.versions(of: .usual).all() == [1])
    #expect(try registry.versions(of: .usualOfImages).all() == [1])
  }

  /// A client gets each answer before it sends the next path, and an interruption leaves nothing behind.
  @Test func pathsAreAnsweredAsTheyCome() throws {
    try train([])
    try #require(mkfifo(folder.path("paths"), 0o600) == 0)
    let writer = open(folder.path("paths"), O_RDWR | O_CLOEXEC)
    try #require(writer >= 0)
    defer { close(writer) }
    func send(_ text: String) { _ = text.withCString { write(writer, $0, text.utf8.count) } }
    func start(_ options: String) throws -> RunningProgram {
      let words = "exec '\(program.path)' images predict - --format csv \(options) < paths"
      return try Program(path: "/bin/sh", in: folder.path).start(["-c", words])
    }
    let answering = try start("--out -")
    for path in ["photos/grey/grey.jpg", "photos/colour/lossy.webp"] {
      send(path + "\n")
      try #require(answering.waitForOutput(path + ","))
    }
    answering.send(SIGTERM)
    _ = answering.finish()
    try FileManager.default.createDirectory(
      atPath: folder.path("maps"), withIntermediateDirectories: true)
    let writing = try start("--out answers.csv --skip-broken --explain maps")
    send("photos/grey/grey.jpg\n")
    // By the time an overlay is written, the output file has long been begun.
    while writing.isRunning,
      try FileManager.default.contentsOfDirectory(atPath: folder.path("maps")).isEmpty
    { sched_yield() }
    writing.send(SIGINT)
    #expect(writing.finish().wasSignalled)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left.allSatisfy { !$0.hasPrefix("answers.csv") }, "\(left)")
  }

  /// Output already written to standard output can't be taken back.
  @Test func anInterruptedTableOfVectorsSaysWhatIsWritten() throws {
    try train([])
    let rows = (0..<50_000).map { "\($0),grey/grey.jpg\n" }.joined()
    try folder.write("item,image\n" + rows, to: "many.csv")
    let embed = ["images", "embed", "photos", "--items", "many.csv", "--batch-size", "1", "--out"]
    let streaming = try program.start(embed + ["-"])
    try #require(streaming.waitForOutput("\n0,"))
    streaming.send(SIGINT)
    let streamed = streaming.finish()
    #expect(
      streamed.exitCode == 1
        && streamed.errors.contains("interrupted: the table on standard output is incomplete"),
      "\(streamed.errors)")
    #expect(streamed.output.hasPrefix("item,v0") && streamed.output.hasSuffix("\n"))
  }

  @Test func whatIsNoImageIsLeftOutOfAFolderAndOddNamesAreTold() throws {
    try train([])
    try folder.write("made in May", to: "photos/notes.txt")
    #expect(try rows(["predict", "photos"]).count == 10)
    for name in ["empty", "latin"] {
      try FileManager.default.createDirectory(
        atPath: folder.path(name), withIntermediateDirectories: true)
    }
    try folder.write("no image", to: "empty/notes.txt")
    let empty = try program.run(["images", "predict", "empty"])
    #expect(empty.exitCode == 1 && empty.errors.contains("there are no images in the folder empty"))
    // A name with a newline, and one that is not UTF-8.
    try FileManager.default.copyItem(
      atPath: folder.path("photos/grey/grey.jpg"), toPath: folder.path("odd\nname.jpg"))
    let odd = try rows(["predict", "-", "--null"], input: "odd\nname.jpg\0photos/grey/grey.jpg")
    #expect(odd.compactMap { $0["image"] as? String } == ["odd\nname.jpg", "photos/grey/grey.jpg"])
    let bytes = Array(folder.path("latin/lat").utf8) + [0xE9] + Array("in.jpg".utf8)
    let file = bytes.map { CChar(bitPattern: $0) } + [0]
    let descriptor = open(file, O_CREAT | O_WRONLY, 0o600)
    try #require(descriptor >= 0)
    close(descriptor)
    let latin = try program.run(["images", "predict", "latin"])
    #expect(
      latin.exitCode == 1 && latin.errors.contains("its name is not UTF-8. Rename the file."),
      "\(latin.errors)")
    let checked = try program.run(["images", "check", "latin", "--format", "csv"])
    #expect(checked.output.contains("not UTF-8"), "\(checked.output)\(checked.errors)")
  }

  @Test func remediesNameTheCommandsOfImages() throws {
    try train([])
    let near = try program.run(["images", "predict", "photos", "--name", "imgaes"])
    #expect(near.exitCode == 1 && near.errors.contains("--name images"), "\(near.errors)")
    let model = folder.path("latent-models/images/versions/000001/model.safetensors")
    let handle = try #require(FileHandle(forUpdatingAtPath: model))
    try handle.truncate(atOffset: 1000)
    try handle.close()
    let damaged = try program.run(["images", "predict", "photos"])
    #expect(
      damaged.exitCode == 1
        && damaged.errors.contains("`latent images train FOLDER --publish --name images`"),
      "\(damaged.errors)")
    try FileManager.default.removeItem(atPath: folder.path("latent-models/images/current"))
    let unserved = try program.run(["images", "predict", "photos"])
    #expect(
      unserved.exitCode == 1
        && unserved.errors.contains("`latent models promote 1 --name images`"),
      "\(unserved.errors)")
  }

  @Test func imagesAreAnsweredFromFoldersFilesAndAList() throws {
    try train([])
    let all = try rows(["predict", "photos", "--all-outputs", "--batch-size", "3"])
    #expect(all.count == 10)
    for row in all {
      let (colour, grey) = (
        try #require(row["colour"] as? Double), try #require(row["grey"] as? Double)
      )
      #expect(abs(colour + grey - 1) < 1e-5)
      #expect(row["class"] as? String == (colour >= grey ? "colour" : "grey"))
      #expect(row["probability"] as? Double == max(colour, grey) && row["error"] is NSNull)
    }
    let augmented = try rows(["predict", "photos", "--all-outputs", "--tta", "2"])
    for (row, plain) in zip(augmented, all) {
      let sum = ["colour", "grey"].compactMap { row[$0] as? Double }.reduce(0, +)
      #expect(abs(sum - 1) < 1e-5 && row["image"] as? String == plain["image"] as? String)
    }
    let differ = zip(augmented, all).contains { $0["colour"] as? Double != $1["colour"] as? Double }
    #expect(differ)
    #expect(try program.run(["images", "predict", "photos", "--tta", "65"]).exitCode == 64)
    let listed = try rows(
      ["predict", "-"], input: "photos/grey/grey.jpg\n\nphotos/colour/rgb-8.png\n")
    #expect(
      listed.compactMap { $0["image"] as? String } == [
        "photos/grey/grey.jpg", "photos/colour/rgb-8.png",
      ])
    for row in listed {
      let same = all.first { $0["image"] as? String == row["image"] as? String }
      #expect(same?["class"] as? String == row["class"] as? String)
    }
    let written = try program.run(["images", "predict", "photos", "--out", "answers.jsonl"])
    #expect(written.exitCode == 0, "\(written.errors)")
    let lines = try String(contentsOfFile: folder.path("answers.jsonl"), encoding: .utf8)
    #expect(lines.split(separator: "\n").count == 10)
    #expect(try rows(["predict", "-"], input: "").isEmpty)
    let endless = String(repeating: "x", count: 100_000)
    let refused = try program.run(["images", "predict", "-"], input: endless)
    #expect(refused.exitCode == 1)
    #expect(refused.errors.contains("a path on standard input has more than 65536 bytes"))
  }

  @Test func answersAreExplainedByPictures() throws {
    try train([])
    try FileManager.default.copyItem(
      atPath: folder.path("photos/grey/grey.jpg"), toPath: folder.path("photos/grey/grey.jpeg"))
    let explained = try rows(
      ["predict", "photos", "photos/grey/grey.jpg", "--explain", "why", "--batch-size", "4"])
    #expect(explained.count == 12)
    let pictures = try explained.map { row in
      let paths = try #require(row["explanations"] as? [String])
      #expect(paths.count == 1)
      #expect(paths[0].contains(".\(row["class"] as? String ?? "?")"))
      return paths[0]
    }
    #expect(Set(pictures).count == 12 && pictures.contains { $0.hasPrefix("why/grey/grey-2.") })
    // The explanation pictures are images themselves.
    let checked = try program.run(["images", "check", "why", "--format", "json"])
    #expect(
      checked.errors.contains("12 of 12 files are images that can be read"), "\(checked.errors)")
    let refused = try program.run(
      ["images", "predict", "photos", "--explain", "photos/grey/grey.jpg"])
    #expect(refused.exitCode == 1 && refused.errors.contains("--explain"), "\(refused.errors)")
  }

  @Test func whatCannotBeReadEndsItOrIsSkipped() throws {
    try train([])
    try folder.write("no image", to: "photos/grey/broken.png")
    let stopped = try program.run(["images", "predict", "photos", "--out", "answers.csv"])
    #expect(stopped.exitCode == 1 && stopped.errors.contains("broken.png"), "\(stopped.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("answers.csv")))
    let skipped = try rows(["predict", "photos", "--skip-broken"])
    #expect(skipped.count == 11)
    let broken = try #require(skipped.first { $0["error"] is String })
    #expect(broken["image"] as? String == "photos/grey/broken.png" && broken["class"] is NSNull)
    for (arguments, what) in [
      (["predict", "nowhere.png"], "nowhere.png"),
      (["predict", "photos", "--name", "other"], "is in service"),
      (["predict", "photos", "--version", "9"], "version 9"),
    ] {
      let refused = try program.run(["images"] + arguments)
      #expect(refused.exitCode == 1 && refused.errors.contains(what), "\(refused.errors)")
    }
    #expect(try program.run(["images", "predict", "photos", "--out", "x.txt"]).exitCode == 64)
    #expect(try program.run(["images", "predict"]).exitCode == 64)
    let null = try program.run(["images", "predict", "photos", "--null"])
    #expect(null.exitCode == 64 && null.errors.contains("--null goes with -"), "\(null.errors)")
  }

  @Test func aModelIsExaminedOnWhatWasHeldOut() throws {
    try train([])
    let classes = try rows(["examine", "photos"] + split)
    #expect(classes.compactMap { $0["class"] as? String } == ["colour", "grey"])
    let own = try program.run(["images", "examine", "photos"] + split)
    #expect(own.exitCode == 0 && !own.errors.contains("warning"), "\(own.errors)")
    let other = try program.run(["images", "examine", "photos", "--split", "random:0.5"])
    #expect(other.errors.contains("version 1 was trained on other images"), "\(other.errors)")
    let counts = classes.compactMap { $0["images"] as? Int }
    #expect(counts.reduce(0, +) > 0 && counts.reduce(0, +) < 10)
    let confusion = try rows(["examine", "photos", "--show", "confusion", "--all"] + split)
    for row in confusion {
      #expect((row["colour"] as? Int ?? 0) + (row["grey"] as? Int ?? 0) == 5)
    }
    let losses = try rows(
      ["examine", "photos", "--show", "losses", "--all", "--count", "4"] + split)
    let numbers = losses.compactMap { $0["loss"] as? Double }
    #expect(numbers.count == 4 && numbers == numbers.sorted(by: >))
    let calibration = try rows(["examine", "photos", "--show", "calibration", "--all"] + split)
    #expect(Set(calibration.compactMap { $0["probabilities"] as? String }) == ["raw", "answered"])
    let threshold = try program.run(["images", "predict", "photos", "--threshold", "0.5"])
    #expect(
      threshold.exitCode == 1 && threshold.errors.contains("for models that predict labels"))
    for table in ["confused", "errors"] {
      _ = try rows(["examine", "photos", "--show", table, "--all"] + split)
    }
    let groups = try rows(
      ["examine", "photos", "--show", "groups", "--all", "--group-by", "folder"])
    #expect(Set(groups.compactMap { $0["group"] as? String }).count == 2)
    for (arguments, code, what) in [
      (["--show", "thresholds"], 1, "for models that predict labels"),
      (["--show", "groups"], 1, "--groups"), (["--show", "clases"], 64, "did you mean classes?"),
      (["--count", "0"], 64, "--count"),
    ] as [([String], Int32, String)] {
      let refused = try program.run(["images", "examine", "photos"] + split + arguments)
      #expect(refused.exitCode == code && refused.errors.contains(what), "\(refused.errors)")
    }
  }

  @Test func labelsAndNumbersHaveTablesOfTheirOwn() throws {
    try folder.write(
      "image,labels,size\ncolour/rgb-8.png,a b,1\ngrey/grey.jpg,,2\ncolour/rgb-lzw.tif,b,3\n"
        + "grey/grey-8.png,a,4\ngrey/grey-4.png,b,5\n", to: "labels.csv")
    let labels = ["--labels", "labels.csv", "--label-column", "labels", "--label-delimiter", " "]
    try train(labels)
    let answers = try rows(["predict", "photos/grey"])
    #expect(answers.count == 5 && answers.allSatisfy { $0["labels"] is [String] })
    for (threshold, count) in [("0", 2), ("1", 0)] {
      let given = try rows(["predict", "photos/grey", "--threshold", threshold])
      #expect(given.allSatisfy { ($0["labels"] as? [String])?.count == count })
    }
    let overall = try program.run(["images", "predict", "photos/grey", "--threshold", "overall"])
    #expect(overall.exitCode == 0, "\(overall.errors)")
    let shown = try program.run(["models", "show", "1", "--name", "images"])
    #expect(shown.output.contains("thresholds") && shown.output.contains("temperatures"))
    #expect(try program.run(["images", "predict", "photos", "--threshold", "2"]).exitCode == 64)
    let sweep = try rows(["examine", "photos", "--show", "thresholds", "--all"] + labels)
    #expect(sweep.count == 29)
    #expect(sweep.contains { ($0["best_for"] as? [String])?.contains("all") == true })
    // Each label has its own 2 × 2 matrix: a is on two of five images, b on three.
    let counts = try rows(["examine", "photos", "--show", "confusion", "--all"] + labels)
    func sum(_ row: [String: Any], _ names: [String]) -> Int {
      names.reduce(0) { $0 + (row[$1] as? Int ?? -9) }
    }
    #expect(counts.compactMap { $0["label"] as? String } == ["a", "b"])
    #expect(counts.map { sum($0, ["true_positives", "false_negatives"]) } == [2, 3])
    #expect(counts.map { sum($0, ["false_positives", "true_negatives"]) } == [3, 2])
    let numbers = ["--labels", "labels.csv", "--label-columns", "size"]
    try train(numbers + ["--name", "sizes"])
    let errors = try rows(["examine", "photos", "--name", "sizes", "--all"] + numbers)
    #expect(errors.count == 1 && errors[0]["output"] as? String == "size")
    let values = try rows(["predict", "photos/grey", "--name", "sizes"])
    #expect(values.allSatisfy { $0["size"] is Double })
    let other = try program.run(["images", "examine", "photos", "--name", "sizes"] + labels)
    #expect(
      other.exitCode == 1
        && other.errors.contains("the labels do not fit the model's task, regress"))
  }
}
