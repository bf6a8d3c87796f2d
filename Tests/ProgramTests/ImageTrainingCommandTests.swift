import Foundation
import ModelRegistry
import TestEnvironment
import Testing

/// Tests of `latent images train` and `find-rate` through the binary, on the small images of `fixtures/images`.
struct ImageTrainingCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    try folder.addPhotos()
  }

  private let small = ["--size", "32", "--batch-size", "4", "--split", "random:0.3"]

  @Test func aFolderOfClassesBecomesAModelInService() throws {
    try folder.write("made in May", to: "photos/notes.txt")
    try folder.write("no image that is read", to: "photos/grey/phone.HEIC")
    let result = try program.run(
      ["images", "train", "photos", "--epochs", "1", "--publish", "--format", "json"] + small)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors.contains("wrote version 1 of images and put it in service"))
    #expect(result.errors.contains("read 10 images"))
    #expect(
      result.errors.contains("left out 2 files that are not named like images: 1 .heic, 1 .txt\n"),
      "\(result.errors)")
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    #expect(rows.count == 1 && rows[0]["task"] as? String == "classify")
    #expect((rows[0]["accuracy"] as? Double).map { (0...1).contains($0) } == true)
    let shown = try program.run(["models", "show", "1", "--name", "images"])
    #expect(shown.exitCode == 0, "\(shown.errors)")
    for expected in ["resnet18", "classify", "colour, grey", "32x32"] {
      #expect(shown.output.contains(expected), "\(expected) in \(shown.output)")
    }
    #expect(try program.run(["models", "verify", "--name", "images"]).exitCode == 0)
    #expect(try program.run(["models", "list", "--name", "images"]).output.contains("resnet18"))

    // Another task, starting from the trained backbone and training the head first.
    let sizes = [
      "rgb-8.png", "rgb-444.jpg", "rgb-lzw.tif", "lossy.webp", "rgb-420-progressive.jpg",
    ]
    .enumerated().map { "colour/\($1),\($0)\n" }
    try folder.write("image,size\n" + sizes.joined(), to: "sizes.csv")
    let tuned = try program.run(
      [
        "images", "train", "photos", "--labels", "sizes.csv", "--label-columns", "size",
        "--range", "0..6", "--epochs", "1", "--mixup", "0.4", "--fine-tune", "--name", "sizes",
        "--weights",
        "latent-models/images/versions/000001/model.safetensors", "--resize", "squish",
        "--precision", "bf16", "--quiet",
      ] + small)
    #expect(tuned.exitCode == 0, "\(tuned.errors)")
    #expect(tuned.output.contains("rmse"))
  }

  /// With timm's description beside the weights, images are preprocessed as it says, and the model keeps those
  /// settings.
  @Test func timmsDescriptionIsWhatTheModelSees() throws {
    // A baseline may be better; only the preprocessing matters here.
    let training = [
      "images", "train", "photos", "--epochs", "1", "--batch-size", "4", "--publish", "--force",
    ]
    let first = try program.run(training + ["--size", "32"])
    #expect(first.exitCode == 0, "\(first.errors)")
    // The same file as if from another program: it no longer declares its format.
    let own = folder.path("latent-models/images/versions/000001/model.safetensors")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: own))
    let form = try #require(bytes.range(of: Data("latent.form\"".utf8)))
    bytes.replaceSubrange(form, with: Data("foreign.key\"".utf8))
    try FileManager.default.createDirectory(
      atPath: folder.path("timm"), withIntermediateDirectories: true)
    try bytes.write(to: URL(fileURLWithPath: folder.path("timm/model.safetensors")))
    try folder.write(
      #"{"pretrained_cfg": {"input_size": [3, 40, 36], "crop_pct": 0.9, "interpolation": "bicubic", "#
        + #""mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}}"#, to: "timm/config.json")
    let tuned = try program.run(
      training + ["--weights", "timm/model.safetensors", "--name", "tuned"])
    #expect(tuned.exitCode == 0, "\(tuned.errors)")
    #expect(
      tuned.errors.contains(
        "taken from timm/config.json: input_size 36x40, crop_pct 0.9, interpolation bicubic, mean and std\n"
      ), "\(tuned.errors)")
    let file = try SafetensorsFile(
      folder.path("latent-models/tuned/versions/000001/model.safetensors"))
    let description = try #require(file.metadata["latent.image_model"])
    for part in [
      #""size":{"height":40,"width":36}"#, #""centerCrop":{"share":0.9}"#,
      #""interpolation":"bicubic""#, #""mean":[0.5,0.5,0.5]"#,
    ] { #expect(description.contains(part), "\(part) in \(description)") }
    let answered = try program.run(["images", "predict", "photos", "--name", "tuned"])
    #expect(answered.exitCode == 0, "\(answered.errors)")
    // Explicit options take precedence.
    let given = try program.run(
      training + [
        "--weights", "timm/model.safetensors", "--name", "given", "--size", "32", "--resize", "pad",
        "--interpolation", "bilinear",
      ])
    #expect(given.exitCode == 0, "\(given.errors)")
    #expect(given.errors.contains("taken from timm/config.json: mean and std\n"))
  }

  /// A checkpoint depends on the contents of the table of weights, not on its path.
  @Test func aTableOfWeightsThatChangedIsNotGoneOnWith() throws {
    func training(_ table: String, _ options: [String] = []) -> [String] {
      ["images", "train", "photos", "--epochs", "100000", "--class-weights", table] + small
        + options
    }
    func interrupt(_ arguments: [String], at words: String) throws -> Program.Result {
      let running = try program.start(arguments)
      #expect(running.waitForErrors(words))
      running.send(SIGINT)
      return running.finish()
    }
    try folder.write("class,weight\ncolour,2\n", to: "weights.csv")
    let stopped = try interrupt(training("weights.csv"), at: "epoch 1/")
    #expect(stopped.exitCode == 1 && stopped.errors.contains("--resume"), "\(stopped.errors)")
    try folder.write("class,weight\ncolour,3\n", to: "weights.csv")
    let other = try program.run(training("weights.csv", ["--resume"]))
    #expect(other.exitCode == 1 && other.errors.contains("class-weights"), "\(other.errors)")
  }

  @Test func divergenceSaysWhereAndWhatToDoAndPublishesNothing() throws {
    let diverged = try program.run(
      ["images", "train", "photos", "--epochs", "1", "--learning-rate", "1e8", "--quiet"]
        + ["--publish", "--force"] + small)
    #expect(diverged.exitCode == 1)
    #expect(
      diverged.errors.contains(#/error: epoch 1 of 1, .*rate .*Try a tenth/#), "\(diverged.errors)")
    #expect(try program.run(["images", "predict", "photos/grey/grey.jpg"]).exitCode == 1)
  }

  /// The model stores which channels it uses: callers pass whole images.
  @Test func theChannelsThatAModelSeesAreKeptInIt() throws {
    let files = [
      "rgb-8.png", "rgb-444.jpg", "rgb-420-progressive.jpg", "rgb-lzw.tif", "lossy.webp",
    ]
    try folder.write(
      "image,kind\n" + files.enumerated().map { "colour/\($1),\($0 % 2)\n" }.joined(),
      to: "kinds.csv")
    let data = [
      "photos", "--labels", "kinds.csv", "--label-column", "kind", "--split", "random:0.4",
    ]
    let trained = try program.run(
      [
        "images", "train", "--channels", "2,0", "--size", "32", "--batch-size", "3", "--epochs",
        "2",
      ]
        + ["--publish", "--force"] + data)
    #expect(trained.exitCode == 0, "\(trained.errors)")
    let shown = try program.run(["models", "show", "1", "--name", "images"])
    #expect(shown.output.contains("numbers 2, 0 (counted from 0)"), "\(shown.output)")
    // Quantization evaluates the float32 version, too, and gets the metrics it was put in service with.
    let quantized = try program.run(
      ["images", "quantize", "--max-loss", "1", "--format", "json"] + data)
    #expect([0, 3].contains(quantized.exitCode), "\(quantized.errors)")
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(quantized.output.utf8)) as? [[String: Any]])
    let entropy = try #require(rows.first?["cross_entropy"] as? Double)
    let words = String(format: "%.4f", entropy)
    #expect(shown.output.contains(words), "\(words) in \(shown.output)")
    for command in [["predict", "photos/colour"], ["examine"] + data] {
      let result = try program.run(["images"] + command)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    let grey = try program.run(["images", "predict", "photos/grey/grey-8.png"])
    #expect(grey.exitCode == 1 && grey.errors.contains("numbers 2, 0"), "\(grey.errors)")
  }

  @Test func sizesAreTrainedOnOneAfterTheOther() throws {
    let result = try program.run([
      "images", "train", "photos", "--size", "24,32", "--epochs", "2,1", "--batch-size", "4",
      "--split", "random:0.3", "--learning-rate", "1e-3",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    for words in ["images of 24x24", "epoch 2/2", "images of 32x32", "epoch 1/1"] {
      #expect(result.errors.contains(words), "\(words) in \(result.errors)")
    }
    let shown = try program.run(["models", "show", "1", "--name", "images"])
    #expect(shown.output.contains("24x24,32x32"), "\(shown.output)")
  }

  @Test func aVersionThatIsToldToBeWorseExitsWithThree() throws {
    let train = ["images", "train", "photos", "--epochs", "1", "--publish"] + small
    let first = try program.run(train)
    #expect(first.exitCode == 0 && first.errors.contains("on little evidence"), "\(first.errors)")
    // Three images are too few for a comparison: with --unless-worse the version is refused.
    let refused = try program.run(train + ["--unless-worse", "--format", "json"])
    #expect(refused.exitCode == 3, "\(refused.errors)")
    #expect(
      refused.errors.contains("did not put it in service: accuracy is measured on 3 images"),
      "\(refused.errors)")
    #expect(
      try program.run(["models", "show", "2", "--name", "images"]).output.contains("refused"))
    let forced = try program.run(
      train + ["--unless-worse", "--force", "--metric", "cross_entropy"])
    #expect(forced.exitCode == 0, "\(forced.errors)")
    let unknown = try program.run(train + ["--metric", "rmse"])
    #expect(
      unknown.exitCode == 1 && unknown.errors.contains("accuracy or cross_entropy"),
      "\(unknown.errors)")
  }

  /// A task inferred from the labels restricts the options as --task does. Files are checked before images are read.
  @Test func optionsThatSayNothingOfTheTaskAreRefused() throws {
    for (options, words) in [
      (["--range", "0..5"], "--range does not go with classify"),
      (
        ["--label-smoothing", "0.1", "--labels", "sizes.csv", "--label-columns", "size"],
        "--label-smoothing does not go with regress"
      ),
      (
        ["--none-of-these", "--label-smoothing", "0.1"], "--label-smoothing does not go with multi"
      ),
      // Of the seven training images.
      (["--batch-size", "64", "--micro-batch", "6"], "a part with one image in a batch of 7"),
    ] {
      try folder.write(
        "image,size\n"
          + ["rgb-8.png", "rgb-444.jpg", "rgb-lzw.tif", "lossy.webp"].map { "colour/\($0),1\n" }
          .joined(), to: "sizes.csv")
      let result = try program.run(
        ["images", "train", "photos"]
          + (options.contains("--batch-size")
            ? ["--size", "32", "--split", "random:0.3"] : small) + options)
      #expect(result.exitCode == 1 && result.errors.contains(words), "\(result.errors)")
    }
    try folder.write("no image", to: "photos/grey/broken.png")
    for option in ["--weights", "--class-weights"] {
      let result = try program.run(["images", "train", "photos", option, "absent.csv"] + small)
      #expect(result.exitCode == 1 && result.errors.contains("absent.csv"), "\(result.errors)")
    }
  }

  @Test func whatIsNotJudgedIsToldOf() throws {
    let train = ["images", "train", "photos", "--epochs", "1", "--publish"] + small
    #expect(try program.run(train).exitCode == 0)
    let unjudged = try program.run(train.dropLast(2) + ["--split", "none"])
    #expect(
      unjudged.exitCode == 0 && unjudged.errors.contains("no image is held out to judge it by"),
      "\(unjudged.errors)")
    let shown = try program.run(["models", "show", "2", "--name", "images"])
    #expect(shown.output.contains("no image is held out"), "\(shown.output)")
  }

  /// A version is quantized with its training's options; the quantized version is exported as its source version is.
  @Test func aVersionIsQuantizedAndExported() throws {
    try folder.write("no image", to: "photos/colour/a-broken.png")
    let trained = try program.run(
      ["images", "train", "photos", "--epochs", "1", "--publish", "--force", "--skip-broken"]
        + small)
    #expect(trained.exitCode == 0 && trained.errors.contains("read 10 images"), "\(trained.errors)")
    let quantize = ["images", "quantize", "photos", "--split", "random:0.3", "--max-loss", "1"]
    let refused = try program.run(quantize)
    #expect(refused.exitCode == 1 && refused.errors.contains("a-broken.png"), "\(refused.errors)")
    // Three held-out images can't tell a better model from a worse one.
    let few = try program.run(quantize + ["--skip-broken", "--publish"])
    #expect(
      few.exitCode == 3 && few.errors.contains("images, and 10 are needed")
        && few.errors.contains("did not put it in service"), "\(few.errors)")
    let made = try program.run(
      quantize + ["--skip-broken", "--publish", "--force", "--format", "csv"])
    #expect(made.exitCode == 0 && made.errors.contains("left out 1 of 11 images"), "\(made.errors)")
    #expect(made.errors.contains("put in service on little evidence"), "\(made.errors)")
    let lines = made.output.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(lines.map { $0[0] } == ["type", "float32", "int8"], "\(made.output)")
    let shown = try program.run(["models", "show", "3", "--name", "images"])
    #expect(shown.output.contains("int8"), "\(shown.output)")
    #expect(
      shown.output.contains(#/run outcome +published/#)
        && shown.output.contains("10 are needed to tell"), "\(shown.output)")
    #expect(try program.run(["images", "predict", "photos/grey"]).exitCode == 0)
    let twice = try program.run(quantize + ["--skip-broken"])
    #expect(twice.exitCode == 1 && twice.errors.contains("already quantized"), "\(twice.errors)")
    let exported = try program.run(["images", "export", "--onnx", "int8.onnx"])
    #expect(exported.exitCode == 0 && exported.errors.contains("float32"), "\(exported.errors)")
    let plain = try program.run(["images", "export", "--version", "1", "--onnx", "plain.onnx"])
    #expect(plain.exitCode == 0 && plain.errors.isEmpty, "\(plain.errors)")
    let files = try ["int8", "plain"].map {
      try Data(contentsOf: URL(fileURLWithPath: folder.path("\($0).onnx")))
    }
    // The two networks are identical, without any trace of integers.
    #expect(files[0] == files[1] && files[0].range(of: Data(#"["colour","grey"]"#.utf8)) != nil)
  }

  @Test func findRateSuggestsFourRates() throws {
    let result = try program.run(
      ["images", "find-rate", "photos", "--format", "csv", "--plot", "-", "--log", "curve.csv"]
        + small)
    #expect(result.exitCode == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(lines.map { $0[1] } == ["suggestion", "steepest", "minimum", "valley", "slide"])
    #expect(result.errors.contains("Search for a learning rate"))
    let curve = try String(contentsOfFile: folder.path("curve.csv"), encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: ",") }
    #expect(curve[0] == ["learning_rate", "loss"])
    let rates = curve.dropFirst().compactMap { Double($0[0]) }
    #expect(rates.count == curve.count - 1 && rates.count > 15 && rates == rates.sorted())
    #expect(curve.dropFirst().prefix(15).allSatisfy { $0.count == 2 && Double($0[1]) != nil })
    #expect(!FileManager.default.fileExists(atPath: folder.path("latent-models")))
  }

  @Test(arguments: [
    (["--epochs", "0"], "--epochs"), (["--learning-rate", "1e-3..x"], "not a learning rate"),
    (["--size", "0"], "not a size"), (["--range", "1..0"], "not a range"),
    (["--warp", "3"], "warp"),
    (["--no-augmentation", "--flip", "0.5"], "--flip"), (["--freeze-epochs", "2"], "--fine-tune"),
    (["--micro-batch", "65"], "--micro-batch"), (["--micro-batch", "1"], "--micro-batch"),
    (["--micro-batch", "9"], "a part with one image"), (["--batch-size", "1"], "--batch-size"),
    (["--learning-rate", "1e-3..1e-5"], "lower one first"), (["--channels", "red"], "--channels"),
    (["--size", "8192"], "numbers"),
    (["--task", "guess"], "task"), (["--class-weights", "a=0"], "not a class weight"),
    (["--class-weights", "a=1,a=2"], "not a class weight"),
    (["--broken-limit", "2"], "--broken-limit"),
    (["--class-weights", "balanced", "--task", "regress"], "--class-weights"),
    (["--none-labels", "other"], "--none-of-these"), (["--unless-worse"], "--publish"),
    (["--mixup", "0"], "--mixup"),
    (["--cutmix", "-1"], "--cutmix"), (["--epochs", "2,3"], "--epochs"),
    (["--size", "32,64"], "--epochs"), (["--size", "32,64", "--epochs", "2,0"], "--epochs"),
    (["--learning-rate", "found"], "not a learning rate"),
    (["--margin", "0.1"], "--publish"), (["--metric", "accuracy"], "--publish"),
    (["--publish", "--metric", "acuracy"], "did you mean accuracy?"),
    (["--publish", "--max-age", "7d"], "--unless-worse"),
    (["--none-of-these", "--labels", "t", "--label-columns", "a"], "--none-of-these"),
  ])
  func whatCanNotBeIsRefusedBeforeAnythingIsRead(options: [String], word: String) throws {
    let result = try program.run(["images", "train", "absent"] + options)
    #expect(result.exitCode == 64 && result.errors.contains(word), "\(result.errors)")
  }

  @Test func badImagesLabelsAndWeightsAreNamed() throws {
    try folder.write("no image", to: "photos/grey/broken.png")
    let broken = try program.run(["images", "train", "photos"] + small)
    #expect(broken.exitCode == 1 && broken.errors.contains("broken.png"), "\(broken.errors)")
    try FileManager.default.removeItem(atPath: folder.path("photos/grey/broken.png"))
    let wrong = try program.run(["images", "train", "photos", "--task", "regress"] + small)
    #expect(wrong.exitCode == 1 && wrong.errors.contains("regress"), "\(wrong.errors)")
    let weights = try program.run(["images", "train", "photos", "--weights", "absent.st"] + small)
    #expect(weights.exitCode == 1 && weights.errors.contains("absent.st"), "\(weights.errors)")
    let channels = try program.run(["images", "train", "photos", "--channels", "0,7"] + small)
    #expect(channels.exitCode == 1 && channels.errors.contains("channels"), "\(channels.errors)")
  }

  @Test func imagesThatCanNotBeReadAreLeftOutAsFarAsTheLimitLets() throws {
    try folder.write("no image", to: "photos/colour/a-broken.png")
    let few = ["images", "train", "photos", "--epochs", "1", "--skip-broken"] + small
    let trained = try program.run(few)
    #expect(trained.exitCode == 0, "\(trained.errors)")
    #expect(trained.errors.contains("left out 1 of 11 images, which can't be read:"))
    #expect(trained.errors.contains("a-broken.png"))
    let shown = try program.run(["models", "show", "1", "--name", "images", "--format", "json"])
    #expect(shown.output.contains("images_skipped"), "\(shown.output)")
    let refused = try program.run(few + ["--broken-limit", "0.05"])
    #expect(refused.exitCode == 1 && refused.errors.contains("--broken-limit"), "\(refused.errors)")
    let examine = ["images", "examine", "photos", "--all", "--version", "1"]
    #expect(try program.run(examine).exitCode == 1)
    let examined = try program.run(examine + ["--skip-broken"])
    #expect(
      examined.exitCode == 0 && examined.errors.contains("on 10 images"), "\(examined.errors)")
    #expect(examined.errors.contains("left out 1 of 11 images"), "\(examined.errors)")
  }

  @Test func anImageMayBeOfNoneOfTheClasses() throws {
    try folder.write(
      "image,kind\ncolour/rgb-8.png,a\ngrey/grey.jpg,other\ncolour/rgb-lzw.tif,b\ngrey/grey-8.png,a\n"
        + "grey/grey-4.png,b\ncolour/lossy.webp,other\n", to: "kinds.csv")
    let labels = ["--labels", "kinds.csv", "--label-column", "kind", "--epochs", "1"]
    let warned = try program.run(["images", "train", "photos"] + labels + small)
    #expect(warned.exitCode == 0, "\(warned.errors)")
    #expect(
      warned.errors.contains("2 of 6 images are other") && warned.errors.contains("--none-labels"),
      "\(warned.errors)")
    let trained = try program.run(
      ["images", "train", "photos", "--none-of-these", "--none-labels", "other", "--class-weights"]
        + ["balanced", "--format", "json"] + labels + small)
    #expect(trained.exitCode == 0 && !trained.errors.contains("2 of 6"), "\(trained.errors)")
    #expect(trained.output.contains("multilabel"), "\(trained.output)")
    let shown = try program.run(["models", "show", "2", "--name", "images"])
    #expect(
      shown.output.contains("a, b") && !shown.output.contains("a, b, other"), "\(shown.output)")
    #expect(shown.output.contains("balanced"), "\(shown.output)")
    // Weights from a table, and a weight for an unknown class.
    try folder.write("class,weight\na,2\nb,0.5\n", to: "weights.csv")
    let table = try program.run(
      ["images", "train", "photos", "--class-weights", "weights.csv"] + labels + small)
    #expect(table.exitCode == 0, "\(table.errors)")
    let unknown = try program.run(
      ["images", "train", "photos", "--class-weights", "othr=2"] + labels + small)
    #expect(
      unknown.exitCode == 1 && unknown.errors.contains("Did you mean other?"), "\(unknown.errors)")
  }
}
