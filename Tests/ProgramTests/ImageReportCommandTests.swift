import Foundation
import TestEnvironment
import Testing

/// Tests of `latent images report`, `relabel` and `examine --folds` through the binary, on a handful of images.
struct ImageReportCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    try folder.addPhotos()
  }

  private func run(_ arguments: [String]) throws -> Program.Result {
    let result = try program.run(["images"] + arguments)
    try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
    return result
  }

  private let quick = [
    "--epochs", "1", "--size", "32", "--batch-size", "4", "--publish", "--quiet", "--split",
    "random:0.4",
  ]

  /// The report page of a model, checked to be self-contained.
  private func page(_ options: [String]) throws -> String {
    _ = try run(["report", "photos", "--out", "report.html", "--all"] + options)
    let page = try String(contentsOfFile: folder.path("report.html"), encoding: .utf8)
    for outside in ["http:", "https:", "<script", "src=\"/", "@import"] {
      #expect(!page.contains(outside), "\(outside)")
    }
    #expect(page.contains("data:image/jpeg;base64,") && page.utf8.count < 4 << 20)
    // Encoded pictures may contain any letters.
    let words = page.replacing(#/src="[^"]*"/#, with: "")
    #expect(!words.contains("nan") && !words.contains("inf<"))
    return page
  }

  private func headings(_ page: String) -> [String] {
    page.split(separator: "<h2>").dropFirst().compactMap {
      $0.split(separator: "</h2>").first.map(String.init)
    }
  }

  @Test func aPageShowsAClassifier() throws {
    _ = try run(["train", "photos"] + quick)
    let page = try page(["--group-by", "pattern:\\.(\\w+)$", "--split", "none"])
    #expect(
      headings(page) == [
        "Classes", "Confusion", "Calibration", "Results", "Top losses", "Likely label errors",
        "Outliers and near-duplicates", "Weak groups",
      ])
    #expect(page.contains("mean of all") && page.contains("fitted on the images that the training"))
    // The page says how a class without images counts in the means.
    try folder.write("image,label\ngrey/grey.jpg,grey\ngrey/grey-8.png,grey\n", to: "grey.csv")
    let ofOne = try self.page(
      ["--labels", "grey.csv", "--label-column", "label", "--split", "none"])
    #expect(
      ofOne.contains("classes without images count 0") && ofOne.contains("over the 1 with images."))
    #expect(!page.contains("count 0"))
    // If there is nothing to examine, the error names the options that help.
    let none = try program.run(["images", "examine", "photos", "--split", "none"])
    #expect(
      none.exitCode == 1 && none.errors.contains("Hold some out, or examine all.")
        && none.errors.contains("--all"), "\(none.errors)")
    try folder.write("image,size\ngrey/grey.jpg,1\ngrey/grey-8.png,2\n", to: "sizes.csv")
    let other = try program.run(
      ["images", "examine", "photos", "--labels", "sizes.csv", "--label-columns", "size"]
        + ["--split", "none", "--all"])
    #expect(
      other.exitCode == 1 && other.errors.contains("those of `latent images train`"),
      "\(other.errors)")
    #expect(page.contains("latent images relabel") && page.contains("with --folds 5"))
    // Groups need no new split: the four images held out by the training stay held out.
    let groups = try run(
      ["examine", "photos", "--split", "random:0.4", "--show", "groups", "--format", "csv"]
        + ["--groups", "folder"])
    #expect(
      groups.errors.contains("on 4 images") && !groups.errors.contains("warning"),
      "\(groups.errors)")
    // Ten results, ten losses with as many explanations, and at least ten suspects.
    #expect(page.components(separatedBy: "<img").count > 40)
  }

  @Test func aPageShowsLabelsAndNumbers() throws {
    try folder.write(
      "image,labels,size\ncolour/rgb-8.png,a <b>,1\ngrey/grey.jpg,,2\ncolour/rgb-lzw.tif,<b>,3\n"
        + "grey/grey-8.png,a,4\ngrey/grey-4.png,<b>,5\n", to: "labels.csv")
    let labels = ["--labels", "labels.csv", "--label-column", "labels", "--label-delimiter", " "]
    _ = try run(["train", "photos"] + labels + quick)
    let ofLabels = try page(labels)
    #expect(
      headings(ofLabels).starts(with: [
        "Classes", "Confusion by label", "Thresholds", "Calibration", "Results",
      ]))
    #expect(ofLabels.contains("&lt;b&gt;") && !ofLabels.contains("<b>"))
    let numbers = ["--labels", "labels.csv", "--label-columns", "size"]
    _ = try run(["train", "photos", "--name", "sizes"] + numbers + quick)
    let ofNumbers = try page(["--name", "sizes"] + numbers)
    #expect(
      headings(ofNumbers).starts(with: ["Errors", "Predicted against actual", "Results"]))
    let missing = try program.run(["images", "report", "photos", "--name", "none"])
    #expect(missing.exitCode == 1)
    #expect(try program.run(["images", "report", "photos", "--folds", "1"]).exitCode == 64)
  }

  @Test func aTableIsCorrectedByHandAndLearnedFrom() throws {
    try folder.write(
      "image,label,camera\ncolour/rgb-8.png,colour,x\ngrey/grey.jpg,grey,y\n"
        + "colour/rgb-lzw.tif,colour,x\ngrey/grey-8.png,grey,\"y, z\"\ngrey/grey-4.png,colour,x\n",
      to: "labels.csv")
    let data = ["--labels", "labels.csv", "--label-column", "label"]
    _ = try run(["train", "photos"] + data + quick)
    let told = try run(
      ["relabel", "photos", "--out", "check.csv", "--folds", "2", "--fold-epochs", "1"] + data)
    #expect(told.errors.contains("labels are likely wrong: wrote check.csv"), "\(told.errors)")
    let text = try String(contentsOfFile: folder.path("check.csv"), encoding: .utf8)
    var lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0] == "image,label,suggested,why,corrected,camera" && lines.count == 6)
    #expect(lines.dropFirst().contains { $0.hasPrefix("grey/grey-8.png,grey,colour,") })
    // The wrong label, with its empty cell before the camera's.
    let wrong = try #require(lines.firstIndex { $0.hasPrefix("grey/grey-4.png,colour,grey,") })
    #expect(lines[wrong].hasSuffix(",,x"))
    lines[wrong] = lines[wrong].dropLast(2) + "grey,x"
    let filled = lines.joined(separator: "\n") + "\n"
    try folder.write(filled, to: "check.csv")
    // Values filled in by hand are not overwritten.
    let again = try program.run(["images", "relabel", "photos", "--out", "check.csv"] + data)
    #expect(
      again.exitCode == 1 && again.errors.contains("by hand would be lost"), "\(again.errors)")
    #expect(try String(contentsOfFile: folder.path("check.csv"), encoding: .utf8) == filled)

    let corrected = [
      "--labels", "check.csv", "--label-column", "label", "--corrections", "corrected",
    ]
    _ = try run(["train", "photos", "--name", "corrected"] + corrected + quick)
    let classes = try run(
      ["examine", "photos", "--name", "corrected", "--all", "--format", "csv"] + corrected)
    let counts = classes.output.split(separator: "\n").map { $0.split(separator: ",").prefix(2) }
    #expect(counts.map { $0.map(String.init) }.dropFirst() == [["colour", "2"], ["grey", "3"]])
    let other = try program.run(
      ["images", "examine", "photos", "--corrections", "corrected", "--label-pattern", "(\\w+)/"])
    #expect(other.exitCode == 64 && other.errors.contains("--corrections"), "\(other.errors)")
  }

  /// The options that found the images in the table of labels find them in the corrected one, too.
  @Test func aCorrectedTableNamesImagesAsItsLabelsDid() throws {
    try folder.write(
      "label,file\ncolour,colour/rgb-8\ngrey,grey/grey-8\ngrey,grey/grey-4\ngrey,grey/grey-16\n",
      to: "labels.csv")
    let options = ["--label-column", "label", "--image-suffix", ".png"]
    let small = ["--folds", "2", "--fold-epochs", "1"]
    _ = try run(["train", "photos", "--labels", "labels.csv"] + options + quick)
    _ = try run(
      ["relabel", "photos", "--labels", "labels.csv", "--out", "check.csv"] + options + small)
    let lines = try String(contentsOfFile: folder.path("check.csv"), encoding: .utf8)
      .split(separator: "\n")
    #expect(lines.first == "file,label,suggested,why,corrected")
    #expect(lines.contains { $0.hasPrefix("colour/rgb-8,colour,") }, "\(lines)")
    _ = try run(["train", "photos", "--labels", "check.csv"] + options + quick)
  }

  @Test func oneClassIsToldAndItsImagesStayInTheTable() throws {
    try FileManager.default.removeItem(atPath: folder.path("photos/colour"))
    let trained = try program.run(["images", "train", "photos"] + quick)
    #expect(trained.exitCode == 0 && trained.errors.contains("all images are of one class, grey"))
    _ = try run(["relabel", "photos", "--out", "one.csv", "--folds", "2", "--fold-epochs", "1"])
    let text = try String(contentsOfFile: folder.path("one.csv"), encoding: .utf8)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 6 && lines.contains("grey/grey.jpg,grey,,,"), "\(text)")
  }

  @Test func foldsLookAtAllImages() throws {
    _ = try run(["train", "photos"] + quick)
    let folds = ["--folds", "2", "--fold-epochs", "1", "--fold-size", "40"]
    let classes = try run(["examine", "photos", "--format", "csv"] + folds)
    #expect(classes.output.contains("colour,5,") && classes.output.contains("grey,5,"))
    #expect(
      classes.errors.contains("all 10 images predicted by 2 models")
        && classes.errors.contains("40x40"))
    let errors = try run(["examine", "photos", "--show", "errors", "--format", "csv"] + folds)
    #expect(errors.output.split(separator: "\n").count == 11)
    for table in ["outliers", "duplicates"] {
      _ = try run(["examine", "photos", "--show", table, "--all"])
    }
    let many = try program.run(["images", "examine", "photos", "--folds", "50"])
    #expect(
      many.exitCode == 1 && many.errors.contains("10 images can't be split into 50 parts"),
      "\(many.errors)")
  }

  /// Unreadable images are in no fold and not in the table; the rows of the others keep their own cells.
  @Test func foldsGoOnWithoutImagesThatCanNotBeRead() throws {
    try folder.write("no image", to: "photos/broken.png")
    try folder.write(
      "image,label,camera\nbroken.png,grey,none\ncolour/rgb-8.png,colour,a\ngrey/grey.jpg,grey,b\n"
        + "colour/rgb-lzw.tif,colour,c\ngrey/grey-8.png,grey,d\ngrey/grey-4.png,grey,e\n",
      to: "labels.csv")
    let data = ["--labels", "labels.csv", "--label-column", "label"]
    let skipping = ["--skip-broken", "--broken-limit", "0.5"]
    _ = try run(["train", "photos"] + data + skipping + quick)
    let folds = data + ["--folds", "2", "--fold-epochs", "1"]
    let stopped = try program.run(["images", "relabel", "photos", "--out", "check.csv"] + folds)
    #expect(stopped.exitCode == 1 && stopped.errors.contains("broken.png"), "\(stopped.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("check.csv")))
    let told = try run(["relabel", "photos", "--out", "check.csv"] + folds + skipping)
    #expect(told.errors.contains("left out 1 of 6 images"), "\(told.errors)")
    let text = try String(contentsOfFile: folder.path("check.csv"), encoding: .utf8)
    let rows = text.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    let cameras = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0.last) })
    #expect(
      cameras == [
        "colour/rgb-8.png": "a", "grey/grey.jpg": "b", "colour/rgb-lzw.tif": "c",
        "grey/grey-8.png": "d", "grey/grey-4.png": "e",
      ], "\(text)")
    let examined = try run(["examine", "photos"] + folds + skipping)
    #expect(examined.errors.contains("\n5 images predicted by 2 models"), "\(examined.errors)")
    let many = try program.run(
      ["images", "examine", "photos"] + folds + ["--skip-broken", "--broken-limit", "0.1"])
    #expect(many.exitCode == 1 && many.errors.contains("--broken-limit"), "\(many.errors)")
  }

  @Test func foldsAndPagesAreOfPointsToo() throws {
    try folder.write(
      "image,x,y\ncolour/rgb-8.png,1,1\ngrey/grey.jpg,2,1\ncolour/rgb-lzw.tif,3,2\ngrey/grey-8.png,4,2\n"
        + "grey/grey-4.png,5,3\n", to: "points.csv")
    let data = ["--labels", "points.csv", "--points", "x,y"]
    _ = try run(["train", "photos"] + data + quick)
    let folds = data + ["--folds", "2", "--fold-epochs", "1"]
    let outputs = try run(["examine", "photos", "--format", "csv"] + folds)
    #expect(
      outputs.output.contains("point 1_x,")
        && outputs.errors.contains("all 5 images predicted by 2"))
    let errors = try run(["examine", "photos", "--show", "errors", "--format", "csv"] + folds)
    #expect(errors.output.split(separator: "\n").count == 6 && errors.output.contains("off by "))
    let page = try page(folds)
    #expect(headings(page).contains("Likely label errors") && page.contains("out-of-fold"))
    #expect(page.contains("latent images relabel"))
  }

  /// Points are corrected in their own columns, beside the predictions, and learned from.
  @Test func pointsAreCorrectedInTheirOwnColumns() throws {
    let points = [
      "colour/rgb-8.png": "1,1.50", "grey/grey.jpg": "2,1", "colour/rgb-lzw.tif": "3,2",
      "grey/grey-8.png": "4,2", "grey/grey-4.png": "90,70",
    ]
    try folder.write(
      "camera,image,x,y\n" + points.map { "\"a, b\",\($0),\($1)\n" }.sorted().joined(),
      to: "points.csv")
    let data = ["--labels", "points.csv", "--points", "x,y"]
    // A baseline may be better.
    let training = quick + ["--force"]
    _ = try run(["train", "photos"] + data + training)
    let folds = data + ["--folds", "2", "--fold-epochs", "1"]
    let told = try run(["relabel", "photos", "--out", "check.csv", "--count", "2"] + folds)
    #expect(
      told.errors.contains("RMSE") && told.errors.contains("wrote check.csv"), "\(told.errors)")
    let text = try String(contentsOfFile: folder.path("check.csv"), encoding: .utf8)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0] == "image,x,y,suggested_x,suggested_y,why,camera" && lines.count == 6)
    // The outlying point comes first, with its prediction; the others are unchanged, including their spelling.
    let first = lines[1].split(separator: ",", omittingEmptySubsequences: false)
    #expect(lines[1].hasPrefix("grey/grey-4.png,90,70,"), "\(text)")
    #expect(first.count > 5 && Float(first[3]) != nil && Float(first[4]) != nil)
    #expect(lines[1].contains("off by ") && lines[1].hasSuffix(",\"a, b\""))
    for line in lines.dropFirst(3) { #expect(line.contains(",,,,\"a, b\""), "\(line)") }
    for (name, point) in points { #expect(text.contains("\(name),\(point),"), "\(name)") }

    try folder.write(text.replacing("90,70", with: "5,3"), to: "check.csv")
    let corrected = ["--labels", "check.csv", "--points", "x,y"]
    _ = try run(["train", "photos", "--name", "corrected"] + corrected + training)
    let losses = try run(
      ["examine", "photos", "--name", "corrected", "--all", "--show", "losses", "--format", "csv"]
        + corrected)
    #expect(losses.output.contains("\"5, 3\"") && !losses.output.contains("90, 70"))
    // Several numbers use the same table, with one number per column to fill in.
    let two = ["--labels", "points.csv", "--label-columns"]
    _ = try run(["train", "photos", "--name", "two"] + two + ["x,y"] + training)
    let trainings = ["--folds", "2", "--fold-epochs", "1", "--name"]
    let several = try run(
      ["relabel", "photos", "--out", "-"] + two + ["x,y"] + trainings + ["two"])
    #expect(several.output.hasPrefix("image,x,y,suggested_x,suggested_y,why,camera\n"))
    _ = try run(["train", "photos", "--name", "one"] + two + ["x"] + training)
    let one = try run(["relabel", "photos", "--out", "-"] + two + ["x"] + trainings + ["one"])
    #expect(one.output.hasPrefix("image,x,suggested,why,corrected,camera,y\n"), "\(one.output)")
  }

  @Test func aPageAnswersByVersionsOfImagesAndGoesOnWithoutBrokenOnes() throws {
    _ = try run(["train", "photos"] + quick)
    try folder.write("no image", to: "photos/grey/broken.png")
    let all = ["images", "report", "photos", "--out", "report.html", "--all"]
    let stopped = try program.run(all)
    #expect(stopped.exitCode == 1 && stopped.errors.contains("broken.png"), "\(stopped.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("report.html")))
    let plain = try page(["--skip-broken"])
    let augmented = try page(["--skip-broken", "--tta", "2"])
    #expect(plain != augmented)
    let told = try program.run(all + ["--skip-broken"])
    #expect(told.exitCode == 0 && told.errors.contains("left out 1 of 11 images"), "\(told.errors)")
    let many = try program.run(all + ["--skip-broken", "--broken-limit", "0"])
    #expect(many.exitCode == 1 && many.errors.contains("--broken-limit"), "\(many.errors)")
    #expect(try program.run(all + ["--tta", "65"]).exitCode == 64)
  }

  /// Folds are trained like the model: with the same class weights, and with images mixed in the same way.
  @Test func foldsAreTrainedAsTheModelWas() throws {
    try folder.write("class,weight\ncolour,50\n", to: "weights.csv")
    let trainings = [
      [], ["--class-weights", "weights.csv"], ["--class-weights", "grey=50"], ["--mixup", "1"],
    ]
    let losses = try trainings.enumerated().map { number, options in
      let name = ["--name", "model\(number)"]
      _ = try run(["train", "photos"] + quick + name + options)
      return try run(
        ["examine", "photos", "--folds", "2", "--fold-epochs", "2", "--show", "losses", "--format"]
          + ["csv"] + name
      ).output
    }
    #expect(Set(losses).count == losses.count, "\(losses)")
  }
}
