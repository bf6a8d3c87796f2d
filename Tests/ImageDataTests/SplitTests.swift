import Errors
import ImageData
import TestEnvironment
import Testing

/// Tests which images are held out.
struct SplitTests {
  /// Splits a table of `rows` with the columns image, person and part.
  private func split(
    _ splitter: Splitter, groups: ItemText? = nil,
    _ rows: [(image: String, person: String, part: String)]
  ) throws -> (split: ItemSplit, set: ImageDataSet) {
    let photos = try PhotoFolder(rows.map(\.image))
    let lines = rows.map { "\($0.image),\($0.person),\($0.part)\n" }.joined()
    let file = try photos.table("image,person,part\n" + lines)
    let set = try ImageDataBlock(
      items: .table(ImageTableSource(file: file)), labels: .none, splitter: splitter, groups: groups
    ).dataSet()
    return (set.split, set)
  }

  private func rows(_ count: Int, persons: Int = 7) -> [(
    image: String, person: String, part: String
  )] {
    // The number of photos per person varies widely.
    (0..<count).map { ("\($0).png", "p\($0 * $0 % persons)", $0 % 4 == 0 ? "valid" : "train") }
  }

  @Test(arguments: [0.1, 0.25, 0.5]) func aShareIsHeldOutTheSameEveryTime(_ share: Double) throws {
    let split = try split(.random(share: share, seed: 3), rows(60)).split
    #expect(split.heldOut.count == Int((share * 60).rounded()))
    #expect(Set(split.heldOut).isDisjoint(with: split.training))
    #expect((split.heldOut + split.training).sorted() == Array(0..<60))
    #expect(try self.split(.random(share: share, seed: 3), rows(60)).split == split)
    #expect(try self.split(.random(share: share, seed: 4), rows(60)).split != split)
  }

  @Test func mostItemsKeepTheirSideAsOthersCome() throws {
    let before = Set(try split(.random(share: 0.2, seed: 1), rows(100)).split.heldOut)
    let after = Set(try split(.random(share: 0.2, seed: 1), rows(110)).split.heldOut)
    #expect(before.subtracting(after).count <= 4)
  }

  @Test(arguments: [1, 2, 3, 4, 5]) func noGroupStandsOnBothSides(_ seed: UInt64) throws {
    let (split, set) = try split(
      .random(share: 0.3, seed: seed), groups: .column("person"), rows(80))
    let groups = try #require(set.groups)
    let sides = [split.training, split.heldOut].map { Set($0.map { groups[$0] }) }
    #expect(sides[0].isDisjoint(with: sides[1]) && !sides[0].isEmpty && !sides[1].isEmpty)
    // The share is as close as whole groups allow: off by at most half the largest group.
    let largest = Dictionary(groups.map { ($0, 1) }, uniquingKeysWith: +).values.max() ?? 0
    #expect(abs(split.heldOut.count - 24) <= largest / 2 + 1, "\(split.heldOut.count)")
    #expect(split.words.contains("by person"))
  }

  @Test func foldsPartAllItemsIntoPartsOfOneSize() throws {
    var seen: [Int] = []
    for number in 0..<5 {
      let held = try split(.fold(number, of: 5, seed: 9), rows(52)).split.heldOut
      #expect((10...11).contains(held.count))
      seen += held
    }
    #expect(seen.sorted() == Array(0..<52))
    var ofGroups: [Int] = []
    for number in 0..<3 {
      let (split, set) = try split(
        .fold(number, of: 3, seed: 9), groups: .column("person"), rows(90))
      let groups = try #require(set.groups)
      #expect(
        Set(split.heldOut.map { groups[$0] }).isDisjoint(with: split.training.map { groups[$0] }))
      ofGroups += split.heldOut
    }
    #expect(ofGroups.sorted() == Array(0..<90))
    for bad in [
      Splitter.fold(5, of: 5, seed: 0), .fold(0, of: 1, seed: 0), .random(share: 1, seed: 0),
    ] {
      #expect(throws: ImageDataError.self) { try split(bad, rows(9)) }
    }
  }

  @Test func aColumnSaysTheParts() throws {
    let parts = ["train", "Valid", "test", "train"]
    let rows = parts.enumerated().map { (image: "\($0).png", person: "p\($0)", part: $1) }
    let three = try split(.column("part", heldOut: nil), rows).split
    #expect(three.training == [0, 3] && three.heldOut == [1] && three.unused == [2])
    // Without a validation part, the test part is held out. It may also be named explicitly.
    let two = try split(.column("part", heldOut: nil), rows.filter { $0.part != "Valid" }).split
    #expect(two.training == [0, 2] && two.heldOut == [1] && two.unused == [])
    let told = try split(.column("part", heldOut: ["test"]), rows).split
    #expect(told.training == [0, 1, 3] && told.heldOut == [2])
    let flags = [("a.png", "p", "0"), ("b.png", "q", "1")]
    #expect(try split(.column("part", heldOut: nil), flags.map { $0 }).split.heldOut == [1])
    #expect(throws: ImageDataError.self) {
      try split(.column("part", heldOut: nil), [("a.png", "p", "train"), ("b.png", "p", "what")])
    }
    let none = #expect(throws: ImageDataError.self) {
      try split(.column("part", heldOut: ["blind"]), rows)
    }
    #expect(none?.code == .badSplit)
    // A predefined split must not separate a group.
    let leak = #expect(throws: ImageDataError.self) {
      try split(
        .column("part", heldOut: nil), groups: .column("person"),
        [("a.png", "p", "train"), ("b.png", "p", "valid")])
    }
    #expect(leak?.description.contains("a.png and b.png") == true)
  }

  @Test func foldersAndListsSayTheParts() throws {
    let photos = try PhotoFolder([
      "train/cat/1.png", "train/dog/2.png", "valid/cat/3.png", "test/dog/4.png",
    ])
    func split(_ splitter: Splitter) throws -> ItemSplit {
      try ImageDataBlock(
        items: .folder(photos.path), labels: .parentFolder, splitter: splitter
      ).dataSet().split
    }
    // In name order: test, train, train, valid.
    let usual = try split(.folder(heldOut: nil))
    #expect(usual.training == [1, 2] && usual.heldOut == [3] && usual.unused == [0])
    #expect(try split(.folder(heldOut: ["dog"])).heldOut == [0, 2])
    let list = try photos.table("valid/cat/3.png\n\ntest/dog/4.png\r\n", "held.txt")
    #expect(try split(.list(list)).heldOut == [0, 3])
    let wrong = try photos.table("valid/cat/9.png\n", "wrong.txt")
    for bad in [wrong, photos.folder.path("none.txt")] {
      let error = #expect(throws: ImageDataError.self) { try split(.list(bad)) }
      #expect(error?.place == bad)
    }
  }

  @Test func classesAreNoPartsWhateverTheyAreCalled() throws {
    for classes in [["0", "1", "2"], ["no", "yes"], ["train", "valid", "x"]] {
      let names = ["test", "train", "valid"].flatMap { part in
        classes.flatMap { name in (0..<2).map { "\(part)/\(name)/\($0).png" } }
      }
      let photos = try PhotoFolder(names)
      let set = try ImageDataBlock(
        items: .folder(photos.path), labels: .parentFolder, splitter: .folder(heldOut: nil)
      ).dataSet()
      let size = 2 * classes.count
      #expect(set.split.unused == Array(0..<size))
      #expect(set.split.training == Array(size..<2 * size))
      #expect(set.split.heldOut == Array(2 * size..<3 * size))
      let loose = try PhotoFolder(classes.map { "\($0)/1.png" })
      #expect(throws: ImageDataError.self) {
        try ImageDataBlock(
          items: .folder(loose.path), labels: .parentFolder, splitter: .folder(heldOut: nil)
        ).dataSet()
      }
    }
  }

  @Test func namesOfTheSameTextInOtherBytesAreTwoImages() throws {
    let (one, two) = ("caf\u{E9}.png", "cafe\u{301}.png")
    let photos = try PhotoFolder([one, two, "x.png"])
    let list = try photos.table(two, "held.txt")
    let set = try ImageDataBlock(
      items: .table(
        ImageTableSource(file: try photos.table("image,y\n\(one),1\n\(two),2\nx.png,3\n"))),
      labels: .none, splitter: .list(list)
    ).dataSet()
    #expect(set.split.heldOut == [1] && set.split.training == [0, 2])
  }

  @Test func listsAreReadHoweverTheirPathsAreWritten() throws {
    let photos = try PhotoFolder(["a/1.png", "a/2.png", "a/3.png", "a/4.png"])
    func split(_ list: String) throws -> ItemSplit {
      try ImageDataBlock(items: .folder(photos.path), labels: .none, splitter: .list(list))
        .dataSet().split
    }
    let list = try photos.table(
      "\u{FEFF}a/1.png\r\n  ./a//2.png \n\(photos.path)/a/x/../3.png\n", "held.txt")
    #expect(try split(list).heldOut == [0, 1, 2])
    let none = #expect(throws: ImageDataError.self) { try split(photos.folder.path("no.txt")) }
    #expect(none?.problem == "can't be read: No such file or directory")
    let folder = #expect(throws: ImageDataError.self) { try split(photos.path) }
    #expect(folder?.problem == "can't be read: Is a directory")
    // At most the limit is read.
    let endless = #expect(throws: ImageDataError.self) { try split("/dev/zero") }
    #expect(endless?.problem == "is over 256 MiB")
  }

  @Test func groupsAreComparedWithoutSpacesAndAreNeverEmpty() throws {
    let rows = [("a.png", "p", "train"), ("b.png", "  p ", "valid"), ("c.png", "q", "valid")]
    #expect(throws: ImageDataError.self) {
      try split(.column("part", heldOut: nil), groups: .column("person"), rows.map { $0 })
    }
    let empty = #expect(throws: ImageDataError.self) {
      try split(
        .random(share: 0.5, seed: 0), groups: .column("person"),
        [("a.png", "p", "x"), ("b.png", "  ", "x"), ("c.png", "q", "x")])
    }
    #expect(empty?.code == .badLabel && empty?.description.contains("line 3") == true)
  }

  @Test func sharesAreToldAsTheyAre() throws {
    for (share, words) in [(0.2, "20 %"), (0.125, "12.5 %"), (0.0001, "0.01 %")] {
      let split = try split(.random(share: share, seed: 3), rows(60)).split
      #expect(split.words == "random, \(words) held out, seed 3")
    }
  }

  /// A well-formed split with impossible numbers is reported as such, before any folder is walked.
  @Test(arguments: [
    ("random:0", "a share of 0.0 can't be"), ("random:1.5", "a share of 1.5 can't be"),
    ("random:nan", "a share of nan can't be"), ("fold:5/5", "no part 5 of 5"),
    ("fold:0/1", "no part 0 of 1"), ("fold:-1/5", "no part -1 of 5"),
    ("random:x", "is not a split"),
    ("fold:1", "is not a split"), ("fold:a/5", "is not a split"), ("rnadom:0.2", "is not a split"),
  ])
  func numbersThatCannotBeAreToldFromWhatIsNoSplit(_ text: String, _ problem: String) {
    let error = #expect(throws: ImageDataError.self) { try Splitter(text, seed: 0) }
    #expect(error?.code == .badRequest && error?.problem.contains(problem) == true)
  }

  /// A video is a folder of frames.
  @Test func videosAreNeverSplit() throws {
    let frames =
      (0..<6).flatMap { video in (0..<10).map { "a/v\(video)/\($0).jpg" } }
      + (0..<10).map { "b/v0/\($0).jpg" }
    let photos = try PhotoFolder(frames)
    let set = try ImageDataBlock(
      items: .folder(photos.path), labels: .none, splitter: .random(share: 0.3, seed: 2),
      groups: .folderPath
    ).dataSet()
    #expect(set.split.heldOut.count == 20)
    let videos = try #require(set.groups)
    #expect(Set(videos).count == 7)
    let held = Set(set.split.heldOut.map { videos[$0] })
    #expect(held.isDisjoint(with: set.split.training.map { videos[$0] }))
  }
}
