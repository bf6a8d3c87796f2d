import Errors
import ImageData
import TestEnvironment
import Testing

/// Tests how image labels are read.
struct LabelTests {
  private func targets(
    _ labels: LabelSource, names: [String] = ["a.png", "b.png", "c.png"], _ table: String
  ) throws -> ImageTargets {
    let photos = try PhotoFolder(names)
    let file = try photos.table(table)
    return try ImageDataBlock(
      items: .table(ImageTableSource(file: file)), labels: labels, splitter: .none
    ).dataSet().targets
  }

  @Test func theFolderAnImageIsInIsItsClass() throws {
    let photos = try PhotoFolder(["x/zebra/1.png", "x/ape/2.png", "y/zebra/3.png"])
    let set = try ImageDataBlock(
      items: .folder(photos.path), labels: .parentFolder, splitter: .none
    ).dataSet()
    #expect(set.targets == .classes(names: ["ape", "zebra"], of: [0, 1, 1]))
    #expect(set.split.training == [0, 1, 2] && set.split.heldOut.isEmpty)
    let loose = try PhotoFolder(["1.png", "ape/2.png"])
    let error = #expect(throws: ImageDataError.self) {
      try ImageDataBlock(items: .folder(loose.path), labels: .parentFolder, splitter: .none)
        .dataSet()
    }
    #expect(error?.code == .noLabel && error?.description.contains("1.png") == true)
  }

  @Test func aPatternFindsTheClassInThePath() throws {
    let photos = try PhotoFolder(["dog_1.png", "cat_2.png", "big/dog_3.png"])
    func targets(_ pattern: String) throws -> ImageTargets {
      try ImageDataBlock(
        items: .folder(photos.path), labels: .pattern(pattern), splitter: .none
      ).dataSet().targets
    }
    // In name order: big/dog_3, cat_2, dog_1.
    #expect(try targets("([a-z]+)_[0-9]+") == .classes(names: ["cat", "dog"], of: [1, 0, 1]))
    #expect(try targets("cat|dog") == .classes(names: ["cat", "dog"], of: [1, 0, 1]))
    #expect(throws: ImageDataError.self) { try targets("cat") }
    #expect(throws: ImageDataError.self) { try targets("(") }
  }

  @Test func aColumnIsAClassAndAnEmptyOneIsAnError() throws {
    let good = "image,kind\na.png, dog\nb.png,cat \nc.png,dog\n"
    #expect(
      try targets(.column("kind"), good) == .classes(names: ["cat", "dog"], of: [1, 0, 1]))
    let error = #expect(throws: ImageDataError.self) {
      try targets(.column("kind"), "image,kind\na.png,dog\nb.png,\nc.png, \n")
    }
    #expect(error?.description.contains("b.png has no label, nor does 1 other") == true)
    let unknown = #expect(throws: ImageDataError.self) { try targets(.column("kinds"), good) }
    #expect(unknown?.description.contains("Did you mean kind?") == true)
  }

  @Test func aDelimitedColumnHoldsAnyNumberOfLabels() throws {
    let read = try targets(
      .delimited(column: "labels", by: " "),
      "image,labels\na.png,shark  fish\nb.png,\nc.png,fish fish\n")
    #expect(
      read
        == .labels(
          names: ["fish", "shark"], of: [LabelSet([0, 1]), LabelSet([]), LabelSet([0])]))
    #expect(read.words(0) == "fish, shark" && read.words(1) == "(none)")
    let commas = try targets(
      .delimited(column: "labels", by: ","), "image,labels\na.png,\"x, y z\"\nb.png,x\nc.png,\n")
    #expect(
      commas == .labels(names: ["x", "y z"], of: [LabelSet([0, 1]), LabelSet([0]), LabelSet([])]))
    #expect(throws: ImageDataError.self) {
      try targets(.delimited(column: "labels", by: " "), "image,labels\na.png,\nb.png,\nc.png,\n")
    }
  }

  @Test func oneClassOrNoneIsReadAsLabels() throws {
    let table = "image,kind\na.png, dog\nb.png,\nc.png,other\n"
    let source = try #require(LabelSource.column("kind").orNone(["other"]))
    let read = try targets(source, table)
    #expect(
      read == .labels(names: ["dog"], of: [LabelSet([0]), LabelSet([]), LabelSet([])]))
    #expect(read.words(1) == "(none)" && NoneOfThese(in: read) == nil)
    #expect(
      try targets(.oneOrNone(.column("kind"), none: []), table)
        == .labels(names: ["dog", "other"], of: [LabelSet([0]), LabelSet([]), LabelSet([1])]))
    let unknown = #expect(throws: ImageDataError.self) {
      try targets(.oneOrNone(.column("kind"), none: ["others"]), table)
    }
    #expect(unknown?.description.contains("Did you mean other?") == true)
    #expect(throws: ImageDataError.self) {
      try targets(.oneOrNone(.column("kind"), none: ["dog", "other"]), table)
    }
    #expect(LabelSource.numbers(columns: ["x"]).orNone([]) == nil)
  }

  @Test func classesThatMeanNoneOfTheOthersAreNoticed() throws {
    let read = ImageTargets.classes(
      names: ["None-of These", "cat", "not_sure"], of: [0, 1, 1, 2, 2])
    let found = try #require(NoneOfThese(in: read))
    #expect(found.names == ["None-of These", "not_sure"])
    #expect(found.imageCount == 3 && found.allCount == 5)
    #expect(NoneOfThese(in: .classes(names: ["cat", "otter"], of: [0, 1])) == nil)
  }

  @Test func columnsAreNumbersOrPoints() throws {
    let table = "image,x,y\na.png,1, 2.5\nb.png,-3e1,4\nc.png,0,.5\n"
    #expect(
      try targets(.numbers(columns: ["y", "x"]), table)
        == .numbers(names: ["y", "x"], values: [2.5, 1, 4, -30, 0.5, 0]))
    #expect(
      try targets(.points(columns: ["x", "y"]), table)
        == .points(count: 1, positions: [SIMD2(1, 2.5), SIMD2(-30, 4), SIMD2(0, 0.5)]))
    #expect(throws: ImageDataError.self) { try targets(.points(columns: ["x"]), table) }
    for bad in ["", "one", "nan", "inf", "1,5"] {
      let error = #expect(throws: ImageDataError.self) {
        try targets(
          .numbers(columns: ["x"]), "image;x\na.png;1\nb.png;\(bad)\nc.png;2\n")
      }
      #expect(error?.code == .badLabel && error?.description.contains("line 3, column x") == true)
    }
  }
}
