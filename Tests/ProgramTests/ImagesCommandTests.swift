import Foundation
import TestEnvironment
import Testing

/// Tests of `latent images` from outside, on the images of `fixtures/images`.
struct ImagesCommandTests {
  /// Creates a folder with some of them in the parts `train` and `valid`, including one that is not an image and one cut
  /// short.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for part in ["train", "valid"] {
      try FileManager.default.createDirectory(
        atPath: folder.path(part), withIntermediateDirectories: false)
    }
    for (name, copy) in [
      ("rgb-444.jpg", "train/a.jpg"), ("rgb-8.png", "train/b.png"),
      ("lossless.webp", "valid/c.webp"), ("refused-notAnImage-page.jpg", "train/page.jpg"),
      ("tiled.tif", "valid/d.tif"),
    ] {
      try FileManager.default.copyItem(
        atPath: ProjectFolder.fixture("images/" + name), toPath: folder.path(copy))
    }
    var cut = try Data(contentsOf: URL(fileURLWithPath: folder.path("valid/d.tif")))
    cut.removeLast(300)
    try folder.write(Array(cut), to: "valid/cut.tif")
    return folder
  }

  @Test func aCheckTellsWhatIsWrongAndItsExitCodeSaysSo() throws {
    let folder = try folder()
    let program = Program(in: folder.path)
    let result = try program.run(["images", "check", ".", "--format", "json"])
    #expect(result.exitCode == 1, "\(result.errors)")
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    func problems(_ image: String) -> Set<String> {
      Set(rows.filter { $0["image"] as? String == image }.compactMap { $0["problem"] as? String })
    }
    #expect(problems("train/page.jpg") == ["not an image"])
    #expect(!problems("valid/cut.tif").isDisjoint(with: ["truncated", "broken"]))
    // The lossless WebP has the PNG's pixels and is on the other side of the folder split.
    #expect(problems("valid/c.webp") == ["leak"])
    // No library prints anything of its own.
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].hasPrefix("4 of 6 files are images"), "\(result.errors)")

    try FileManager.default.removeItem(atPath: folder.path("valid"))
    try FileManager.default.removeItem(atPath: folder.path("train/page.jpg"))
    let good = try program.run(["images", "check", "."])
    #expect(good.exitCode == 0, "\(good.errors)")
    // An unavailable grouping is reported, even without labels or a split.
    let groups = try program.run(["images", "check", ".", "--group-by", "nosuch"])
    #expect(groups.exitCode == 1 && groups.output.contains("nosuch"), "\(groups.output)")
    // The split that a training would draw is checked, too.
    for copy in 1...9 {
      try FileManager.default.copyItem(
        atPath: folder.path("train/b.png"), toPath: folder.path("train/b\(copy).png"))
    }
    let copies = try program.run(["images", "check", ".", "--format", "csv"])
    #expect(copies.exitCode == 1 && copies.output.contains("leak,"), "\(copies.output)")
    try FileManager.default.createDirectory(
      atPath: folder.path("none"), withIntermediateDirectories: false)
    let none = try program.run(["images", "check", "none"])
    #expect(none.exitCode == 1 && none.output.contains("no images"), "\(none.output)")
  }

  @Test func aTableIsHeldAgainstTheFolder() throws {
    let folder = try folder()
    try folder.write(
      "image,kind,part\ntrain/a.jpg,x,train\ntrain/b.png,y,train\nvalid/c.webp,,valid\ngone.jpg,x,train\n",
      to: "labels.csv")
    let result = try Program(in: folder.path).run([
      "images", "check", ".", "--labels", "labels.csv", "--split-column", "part", "--label-column",
      "kind", "--format", "csv",
    ])
    #expect(result.exitCode == 1)
    #expect(result.output.contains("missing,gone.jpg"))
    #expect(result.output.contains("unlabelled,valid/d.tif"))
    #expect(result.output.contains("leak,valid/c.webp,train/b.png"))
    #expect(result.output.contains("valid/c.webp has no label"))
  }

  /// The summary shows the images as training sees them: the same channels, and no lighting that would make them
  /// constant.
  @Test func summaryIsThatOfATraining() throws {
    let folder = try TemporaryFolder()
    for (name, fixture) in [("grey", "grey-8.png"), ("number", "grey-float32.npy")] {
      try FileManager.default.createDirectory(
        atPath: folder.path(name), withIntermediateDirectories: false)
      try FileManager.default.copyItem(
        atPath: ProjectFolder.fixture("images/\(fixture)"),
        toPath: folder.path("\(name)/\(fixture)"))
    }
    let program = Program(in: folder.path)
    let grey = try program.run([
      "images", "summary", "grey", "--split", "none", "--label-pattern", "(.)",
    ])
    #expect(grey.exitCode == 0 && grey.output.contains("[1, 3, 128, 128]"), "\(grey.errors)")
    #expect(!grey.output.contains("normalised") && grey.errors.isEmpty)
    // Values range from below 0 to above 1.
    let number = try program.run([
      "images", "summary", "number", "--split", "none", "--label-pattern", "(.)",
    ])
    #expect(number.exitCode == 0 && number.output.contains("normalised"), "\(number.errors)")
    #expect(number.errors.contains("--lighting 0"))
    let checked = try program.run(["images", "check", "number"])
    #expect(
      checked.errors.contains("samples of more than 8 bits from -")
        && checked.errors.contains("--lighting 0"), "\(checked.errors)")
    try FileManager.default.copyItem(
      atPath: ProjectFolder.fixture("images/grey-float32.npy"),
      toPath: folder.path("number/again.npy"))
    let trained = try program.run([
      "images", "train", "number", "--split", "none", "--label-pattern", "(.)", "--size", "32",
      "--task", "multilabel", "--epochs", "1",
    ])
    #expect(trained.exitCode == 1 && trained.errors.contains("--lighting 0"), "\(trained.errors)")
  }

  @Test func summaryAndShowAnswerOrSayWhatIsWrong() throws {
    let folder = try folder()
    try FileManager.default.removeItem(atPath: folder.path("train/page.jpg"))
    try FileManager.default.removeItem(atPath: folder.path("valid/cut.tif"))
    let program = Program(in: folder.path)
    let summary = try program.run(["images", "summary", ".", "--split", "folder"])
    #expect(summary.exitCode == 0, "\(summary.errors)")
    #expect(summary.output.contains("[2, 6, 10, 3]") && summary.output.contains("train 2, valid 2"))
    // Without a split option, a warning says that the folders look like a split.
    let warning = "images are in folders called train, valid, but held-out images are drawn"
    #expect(!summary.errors.contains(warning))
    for (options, isWarned) in [
      ([], true), (["--split", "random:0.5"], false), (["--group-by", "pattern:(\\w+)$"], false),
    ] {
      let drawn = try program.run(["images", "summary", "."] + options)
      #expect(drawn.exitCode == 0, "\(drawn.errors)")
      #expect(drawn.errors.contains(warning) == isWarned, "\(options): \(drawn.errors)")
    }
    // Missing channels are refused as in training.
    for command in ["summary", "train"] {
      let channels = try program.run(["images", command, ".", "--split", "none", "--channels", "5"])
      #expect(
        channels.exitCode == 1 && channels.errors.contains("the image has 3 channels")
          && channels.errors.contains("Name channels from 0 to 2."), "\(channels.errors)")
    }
    // Images without a label are reported with the options that accept them.
    try folder.write("image,kind\ntrain/a.jpg,x\ntrain/b.png,\n", to: "kinds.csv")
    let unlabelled = try program.run(
      ["images", "summary", ".", "--labels", "kinds.csv", "--label-column", "kind"])
    #expect(
      unlabelled.exitCode == 1 && unlabelled.errors.contains("train/b.png has no label")
        && unlabelled.errors.contains("The options are --none-of-these and --label-delimiter."),
      "\(unlabelled.errors)")
    // A table of labels without a named column is reported with the remedy.
    let images = try FileManager.default.contentsOfDirectory(atPath: folder.path("train"))
    let rows = images.map { "train/\($0),1\n" }.joined()
    try folder.write("image,sharpness\n" + rows, to: "sharp.csv")
    let unnamed = try program.run(
      ["images", "summary", ".", "--labels", "sharp.csv", "--split", "none"])
    #expect(
      unnamed.exitCode == 0 && unnamed.errors.contains("Name it with --label-column"),
      "\(unnamed.errors)")
    let untold = try program.run(
      ["images", "train", ".", "--labels", "sharp.csv", "--split", "none"])
    #expect(
      untold.exitCode == 1
        && untold.errors.contains("no column of labels is named. Name it with --label-column"),
      "\(untold.errors)")
    let shown = try program.run(["images", "show", ".", "--out", "page.html", "--channels"])
    #expect(shown.exitCode == 0 && shown.errors == "wrote page.html\n")
    let page = try String(contentsOfFile: folder.path("page.html"), encoding: .utf8)
    #expect(page.components(separatedBy: "<img ").count == 1 + 4 * 4)
    let nowhere = try program.run(["images", "show", ".", "--out", "none/page.html"])
    #expect(nowhere.exitCode == 1 && nowhere.errors.contains("none/page.html"))
    for (arguments, words) in [
      (["--split", "halves"], "--split"), (["--label-column", "x"], "--labels"),
      (["--label-pattern", "a", "--labels", "l", "--points", "x,y"], "exclude each other"),
      (["--batch-size", "0"], "--batch-size"),
    ] {
      let usage = try program.run(["images", "summary", "."] + arguments)
      #expect(usage.exitCode == 64 && usage.errors.contains(words), "\(usage.errors)")
    }
    try folder.write("no image", to: "train/broken.png")
    let broken = try program.run(["images", "summary", ".", "--split", "folder"])
    #expect(broken.exitCode == 1 && broken.errors.contains("broken.png"), "\(broken.errors)")
    let skipping = try program.run([
      "images", "summary", ".", "--split", "folder", "--skip-broken", "--broken-limit", "0.5",
    ])
    #expect(skipping.exitCode == 0 && skipping.output.contains("[2, 6, 10, 3]"))
    #expect(skipping.errors.contains("left out 1 of 3 images"), "\(skipping.errors)")
    try FileManager.default.removeItem(atPath: folder.path("train/broken.png"))
    // Normalised as in training from a file of weights, and not without one.
    let weights = ProjectFolder.fixture("models/good-two-tensors.safetensors")
    let normalised = try program.run([
      "images", "summary", ".", "--split", "folder", "--weights", weights,
    ])
    #expect(normalised.exitCode == 0, "\(normalised.errors)")
    #expect(normalised.output.contains("normalised") && normalised.output.contains("0.485"))
    #expect(!summary.output.contains("normalised"))
    // Preprocessed as timm's description beside the weights says, except for explicit options.
    try FileManager.default.createDirectory(
      atPath: folder.path("timm"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: weights, toPath: folder.path("timm/model.safetensors"))
    try folder.write(
      #"{"architecture": "resnet18", "input_size": [3, 24, 32], "crop_pct": 0.9, "interpolation": "bicubic", "#
        + #""mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}"#, to: "timm/config.json")
    let timm = [
      "images", "summary", ".", "--split", "folder", "--weights", "timm/model.safetensors",
    ]
    let described = try program.run(timm)
    #expect(described.exitCode == 0 && described.output.contains("[2, 3, 24, 32]"))
    #expect(
      described.errors.contains(
        "taken from timm/config.json: input_size 32x24, crop_pct 0.9, interpolation bicubic, mean and std\n"
      ), "\(described.errors)")
    #expect(described.output.contains("0.25"))
    let given = try program.run(
      timm + ["--size", "16", "--resize", "squish", "--interpolation", "bilinear"])
    #expect(given.exitCode == 0 && given.output.contains("[2, 3, 16, 16]"))
    #expect(
      given.errors.contains("taken from timm/config.json: mean and std\n"), "\(given.errors)")
    try folder.write(#"{"pretrained_cfg": {"crop_pct": 7}}"#, to: "timm/config.json")
    let wrong = try program.run(timm)
    #expect(
      wrong.exitCode == 1 && wrong.errors.contains("timm/config.json: its crop_pct is 7.0"),
      "\(wrong.errors)")
    let missing = try program.run(["images", "summary", ".", "--weights", "none.safetensors"])
    #expect(missing.exitCode == 1 && missing.errors.contains("none.safetensors"))
    let framed = try program.run([
      "images", "summary", ".", "--split", "folder", "--size", "8x6", "--channels", "grey",
      "--no-augmentation",
    ])
    #expect(framed.exitCode == 0 && framed.output.contains("[2, 1, 6, 8]"), "\(framed.errors)")
    for (name, limit, words) in [
      ("--max-pixels", "59", "10 by 6 pixels"), ("--max-image", "100", "bytes"),
    ] {
      let limited = try program.run(["images", "summary", ".", "--split", "folder", name, limit])
      #expect(limited.exitCode == 1 && limited.errors.contains(words), "\(limited.errors)")
      let checked = try program.run(["images", "check", ".", name, limit])
      #expect(checked.exitCode == 1 && checked.output.contains("giant"), "\(checked.errors)")
      let shown = try program.run(["images", "show", ".", "--out", "-", name, limit])
      #expect(shown.exitCode == 0 && shown.output.contains(words), "\(shown.errors)")
    }
    let empty = try program.run(["images", "summary", "none"])
    #expect(empty.exitCode == 1 && empty.errors.contains("none: "))
  }
}
