import Daemon
import Foundation
import ImageModels
import Images
import LineProtocol
import ModelRegistry
import TestEnvironment
import Testing

/// Images over sockets: each answer is the model's own, and anything that is not an image is refused.
struct ImageCommandTests {
  private static func limits(root: String? = nil) throws -> ServerLimits {
    var limits = ServerLimits()
    // A busy machine may give a network little CPU time.
    limits.slowTime = .seconds(120)
    limits.imageRoot = try root.map { try ImageRoot($0) }
    return limits
  }

  private static func object(_ line: String?) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(try #require(line).utf8))
    return try #require(value as? [String: Any])
  }

  @Test func anImageIsAnsweredByWhicheverWayItComes() async throws {
    let photo = ServedImages.photo(1)
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path("shop/new"), withIntermediateDirectories: true)
    try Data(photo).write(to: URL(fileURLWithPath: folder.path("shop/new/a b.jpg")))
    let values = try ServedImages.classes.get().answer(photo)
    let best = values.indices.sorted { values[$0] > values[$1] }
    let names = ["hat", "shoe", "ü"]
    let limits = try Self.limits(root: folder.path)
    let lines = try await TestServer.asking(ServedImages.all(), limits) { client in
      try client.send("CLASSIFY shop IMAGE \(Data(photo).base64EncodedString())\n")
      try client.send("CLASSIFY shop PATH \"shop/new/a b.jpg\" COUNT 2\n")
      return [try client.receiveLine(), try client.receiveLine()]
    }
    for (line, count) in zip(lines, [3, 2]) {
      let reply = try Self.object(line)
      #expect(reply["model"] as? String == "shop" && reply["version"] as? Int == 2)
      let classes = try #require(reply["classes"] as? [[String: Any]])
      #expect(classes.map { $0["class"] as? String } == best.prefix(count).map { names[$0] })
      for (entry, place) in zip(classes, best) {
        let probability = try #require(entry["probability"] as? Double)
        #expect(abs(Float(probability) - values[place]) < 1e-5)
      }
    }
    // The raw bytes, amid others' requests on the connection.
    let words = [Array("CLASSIFY".utf8), Array("shop".utf8), Array("IMAGE".utf8), photo]
    let bytes = try await TestServer.asking(ServedImages.all(), limits) { client in
      try client.send(Array("PING\n".utf8) + encodedRequest(words) + Array("PING x\nQUIT\n".utf8))
      return try client.receiveAll()
    }
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.hasPrefix("\"PONG\"\n*6\r\n$5\r\nmodel\r\n$4\r\nshop\r\n$7\r\nversion\r\n:2\r\n"))
    #expect(text.contains("$5\r\nclass\r\n$\(names[best[0]].utf8.count)\r\n\(names[best[0]])\r\n"))
    #expect(text.hasSuffix("\"x\"\n\"OK\"\n"))
  }

  @Test func labelsAndNumbersAreAnswered() async throws {
    let photo = ServedImages.photo(2)
    let image = Data(photo).base64EncodedString()
    let lines = try await TestServer.asking(ServedImages.all(), try Self.limits()) { client in
      try client.send("LABELS sea IMAGE \(image)\nLABELS sea IMAGE \(image) ALL\n")
      try client.send("MEASURE cell IMAGE \(image)\n")
      return try (0..<3).map { _ in try client.receiveLine() }
    }
    let values = try ServedImages.labels.get().answer(photo)
    let names = ["fish", "crab", "ray"]
    let given = try #require(try Self.object(lines[0])["labels"] as? [[String: Any]])
    let expected = [0, 2].filter { values[$0] > 0.2 }.sorted { values[$0] > values[$1] }
    #expect(given.map { $0["label"] as? String } == expected.map { names[$0] })
    let all = try #require(try Self.object(lines[1])["labels"] as? [[String: Any]])
    let order = values.indices.sorted { values[$0] > values[$1] }
    #expect(all.map { $0["label"] as? String } == order.map { names[$0] })
    #expect(all.allSatisfy { $0["threshold"] is Double })
    let number = try #require(try Self.object(lines[2])["values"] as? [String: Double])
    let own = try ServedImages.numbers.get().answer(photo)
    #expect(abs(Float(try #require(number["defect"])) - own[0]) < 1e-5)
  }

  /// Precomputed answers are looked up on the event loop, by ids of any bytes.
  @Test func whatWasScoredIsLookedUp() async throws {
    let folder = try TemporaryFolder()
    var contents = ImageScoresContents(
      .classify(classes: ["hat", "shoe"]), scoredBy: "shop version 2")
    for (id, values) in [("b", [0.25, 0.75]), ("a b", [1, 0]), ("zoë", [0.5, 0.5])]
      as [(String, [Float])]
    {
      contents.append(ImageAnswer(values: values), for: id)
    }
    let path = folder.path("scores")
    _ = try contents.write(to: path)
    let model = try ModelRegistry(folder.path, forms: [.image, .imageScores]).open(path)
    let served = ServedModel(
      of: model,
      facts: ModelFacts(
        of: model, name: "scores", version: 4, createdAt: "2026-01-01T00:00:00Z",
        inServiceSince: nil))
    let models = ServedModels(names: ["shop", "scores"])
      .replacing(0, by: try ServedImages.classes.get().served).replacing(1, by: served)
    var conversation = Conversation(about: models, version: "0")
    #expect(
      conversation.answer("CLASSIFY scores ITEM b COUNT 1\n")
        == #"{"model":"scores","version":4,"classes":[{"class":"shoe","probability":0.75}]}"# + "\n"
    )
    #expect(
      conversation.answer("CLASSIFY scores ITEM 'a b'\n").contains(#""hat","probability":1.0"#))
    #expect(conversation.answer("CLASSIFY scores ITEM zoë\n").contains(#"[{"class":"hat""#))
    for (request, words) in [
      ("CLASSIFY scores ITEM x", "UNKNOWN_ITEM"), ("CLASSIFY scores ITEM ''", "UNKNOWN_ITEM"),
      ("CLASSIFY scores IMAGE x", "only answers by ITEM"),
      ("CLASSIFY scores PATH x", "only answers by ITEM"),
      ("LABELS scores ITEM b", "NOT_OF_THIS_MODEL"), ("CLASSIFY shop ITEM b", "IMAGE or PATH"),
    ] {
      #expect(conversation.answer(request + "\n").contains(words), "\(request)")
    }
    #expect(
      conversation.answer("INFO models\n").contains(#""scores":"version=4,kind=image-scores""#))
  }

  @Test(arguments: [
    ("CLASSIFY shop IMAGE aGVsbG8=", "BAD_IMAGE"), ("CLASSIFY shop IMAGE ''", "BAD_IMAGE"),
    ("LABELS shop IMAGE x", "NOT_OF_THIS_MODEL"), ("MEASURE sea IMAGE x", "NOT_OF_THIS_MODEL"),
    ("CLASSIFY recommender IMAGE x", "NOT_OF_THIS_MODEL"),
    ("CLASSIFY shopp IMAGE x", "Did you mean shop?"), ("CLASSIFY shop FILE x", "BAD_ARGUMENT"),
    ("CLASSIFY shop", "WRONG_ARGUMENT_COUNT"), ("CLASSIFY shop PATH x", "UNSUPPORTED"),
    ("CLASSIFY shop IMAGE x COUNT 0", "BAD_ARGUMENT"),
    ("PREDICT 1 20 MODEL shop", "NOT_OF_THIS_MODEL"),
  ])
  func whatIsNoneIsRefused(_ request: String, _ words: String) async throws {
    let line = try await TestServer.asking(ServedImages.all(), try Self.limits()) { client in
      try client.send(request + "\n")
      return try client.receiveLine()
    }
    #expect(line?.contains(words) == true, "\(line ?? "")")
  }

  @Test func aChoiceThatCanNotBeCarriedOutIsNotQueued() throws {
    var conversation = Conversation(about: try ServedImages.all(), version: "0")
    let answers = conversation.answer("MULTI\nCLASSIFY shop FILE x\nPING\nEXEC\n")
      .split(separator: "\n")
    #expect(answers[1].contains("'FILE' is not one of IMAGE, PATH, ITEM"))
    #expect(answers[3].contains("EXECABORT"), "\(answers)")
  }

  /// Only regular files in the folder are read, whatever links lead elsewhere.
  @Test func pathsStayBeneathTheFolder() async throws {
    let folder = try TemporaryFolder()
    let (inside, outside) = (folder.path("images"), folder.path("secret"))
    for path in [inside + "/sub", outside] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    let photo = Data(ServedImages.photo(3))
    for path in [inside + "/a.jpg", inside + "/sub/b.jpg", outside + "/c.jpg"] {
      try photo.write(to: URL(fileURLWithPath: path))
    }
    for (link, target) in [
      ("out", outside), ("file.jpg", outside + "/c.jpg"), ("in", inside + "/sub"),
      ("up", ".."),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: inside + "/" + link, withDestinationPath: target)
    }
    mkfifo(inside + "/pipe", 0o600)
    let requests = [
      ("a.jpg", "classes"), ("sub/b.jpg", "classes"), ("../secret/c.jpg", "BAD_ARGUMENT"),
      ("sub/../../secret/c.jpg", "BAD_ARGUMENT"), (outside + "/c.jpg", "BAD_ARGUMENT"),
      ("./a.jpg", "BAD_ARGUMENT"), ("sub//b.jpg", "BAD_ARGUMENT"), ("sub/", "BAD_ARGUMENT"),
      ("out/c.jpg", "UNKNOWN_IMAGE"), ("file.jpg", "UNKNOWN_IMAGE"), ("in/b.jpg", "UNKNOWN_IMAGE"),
      ("up/secret/c.jpg", "UNKNOWN_IMAGE"), ("none.jpg", "UNKNOWN_IMAGE"),
      ("a.jpg/x", "UNKNOWN_IMAGE"), ("sub", "UNKNOWN_IMAGE"), ("pipe", "UNKNOWN_IMAGE"),
      ("a.jpg\\x00x", "BAD_ARGUMENT"), (String(repeating: "x/", count: 3000) + "x", "BAD_ARGUMENT"),
    ]
    let limits = try Self.limits(root: inside)
    let lines = try await TestServer.asking(ServedImages.all(), limits) { client in
      try requests.map { path, _ in
        try client.send("CLASSIFY shop PATH \"\(path)\"\n")
        return try client.receiveLine()
      }
    }
    for ((path, words), line) in zip(requests, lines) {
      #expect(line?.contains(words) == true, "\(path): \(line ?? "")")
      // An error repeats what was sent, and reveals no other path.
      if !path.contains(folder.path) { #expect(line?.contains(folder.path) != true, "\(path)") }
    }
    #expect(throws: DaemonError.self) { try ImageRoot(folder.path("nowhere")) }
  }

  @Test func imagesHaveLimitsOfTheirOwn() async throws {
    var limits = try Self.limits()
    (limits.imageBytes, limits.requestBytes) = (200_000, 1000)
    let photo = ServedImages.photo(4, side: 400)
    try #require((5000..<200_000).contains(photo.count))
    @Sendable func words(_ bytes: [UInt8]) -> [[UInt8]] {
      [Array("CLASSIFY".utf8), Array("shop".utf8), Array("IMAGE".utf8), bytes]
    }
    let padded = photo + [UInt8](repeating: 0, count: 200_001 - photo.count)
    let answers = try await TestServer.asking(ServedImages.all(), limits) { client in
      try client.send(encodedRequest(words(photo)) + encodedRequest(words(padded)))
      try client.send("QUIT\n")
      return String(decoding: try client.receiveAll(), as: UTF8.self)
    }
    #expect(
      answers.contains("classes") && answers.contains("-BAD_IMAGE the image has 200001 bytes"))
    for request in [
      encodedRequest(words([UInt8](repeating: 0, count: 300_000))),
      encodedRequest([Array("ECHO".utf8), [UInt8](repeating: 0x41, count: 2000)]),
      Array("ECHO ".utf8) + [UInt8](repeating: 0x41, count: 2000) + [0x0A],
    ] {
      let refused = try await TestServer.asking(ServedImages.all(), limits) { client in
        // The server may close the connection before all is sent.
        try? client.send(request)
        return try client.receiveLine()
      }
      #expect(refused?.contains("REQUEST_TOO_LONG") == true)
    }
    // An image with too many pixels is refused by its header.
    limits.imagePixels = 1000
    let large = try await TestServer.asking(ServedImages.all(), limits) { client in
      try client.send(encodedRequest(words(photo)))
      return try client.receiveLine()
    }
    #expect(large?.hasPrefix("-BAD_IMAGE the image") == true, "\(large ?? "")")
  }
}

extension ImageCommandTests {
  /// An image that needs more memory to decode than the limit is refused before that memory is allocated.
  @Test func decodingHasMemoryOfItsOwn() async throws {
    var limits = ServerLimits()
    limits.imageMemory = 4 << 20
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (SIDE, SIDE, 3), }"
    func array(_ side: Int) -> [UInt8] {
      let text = header.replacing("SIDE", with: "\(side)").padding(
        toLength: 117, withPad: " ", startingAt: 0)
      return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8) + [0x0A]
        + [UInt8](repeating: 0, count: side * side * 24)
    }
    let requests = [300, 400].map { side in
      encodedRequest(["CLASSIFY", "shop", "IMAGE"].map { Array($0.utf8) } + [array(side)])
    }
    let answers = try await TestServer.asking(ServedImages.all(), limits) { client in
      try client.send(requests[0] + requests[1] + Array("QUIT\n".utf8))
      return String(decoding: try client.receiveAll(), as: UTF8.self)
    }
    #expect(answers.contains("$5\r\nclass\r\n"), "\(answers)")
    #expect(
      answers.contains(
        "-BAD_IMAGE the image has 400 by 400 pixels, which may take 5 MiB to decode, and the limit is 4 MiB"
      ), "\(answers)")
  }

  /// Neither a name nor a path may be as long as an image.
  @Test(arguments: [
    ("CLASSIFY LONG IMAGE x", "argument 1 of CLASSIFY is longer than 1024 bytes"),
    ("CLASSIFY shop PATH LONG", "not a path in the image folder"),
    ("CLASSIFY shop IMAGE x COUNT LONG", "longer than 1024 bytes"),
  ])
  func onlyAnImageMayBeLong(_ request: String, _ words: String) async throws {
    let folder = try TemporaryFolder()
    let limits = try Self.limits(root: folder.path)
    let long = request.replacing("LONG", with: String(repeating: "7", count: 1 << 20))
    let line = try await TestServer.asking(ServedImages.all(), limits) { client in
      try client.send(long + "\n")
      return try client.receiveLine()
    }
    #expect(line?.contains(words) == true, "\(line ?? "")")
  }
}

extension TestServer {
  /// Returns the result of `body`, run with a client of a server that asks `models`.
  static func asking<Result: Sendable>(
    _ models: ServedModels, _ limits: ServerLimits,
    _ body: @escaping @Sendable (SocketClient) throws -> Result
  ) async throws -> Result {
    var result: Result?
    try await run(asking: models, limits: limits) { result = try await $0.talk(body) }
    guard let result else { preconditionFailure("the body has returned") }
    return result
  }
}
