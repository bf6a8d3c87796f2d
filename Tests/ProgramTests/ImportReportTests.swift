import Foundation
import TestEnvironment
import Testing

/// Tests of what `latent import` reports: every anomaly is reported.
struct ImportReportTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
  }

  @Test func theTypesOfIdsAreSaid() throws {
    try folder.write("user,item,rating\n1,a,3\n2,b,4\n", to: "ratings.csv")
    let result = try program.run(["import", "ratings.csv"])
    #expect(result.output.contains("Ids: users integer, items text.\n"))
    #expect(result.errors.isEmpty)
    #expect(
      try program.run(["import", "ratings.csv"]).output.contains("Ids: users integer, items"))
  }

  @Test func aFileOfAByteOrderMarkAloneIsAnEmptyOne() throws {
    for (name, bytes) in [("empty.csv", []), ("mark.csv", [0xEF, 0xBB, 0xBF] as [UInt8])] {
      try folder.write(bytes, to: name)
      let result = try program.run(["import", name])
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(
        result.errors
          == "warning: \(name) is empty, or holds only a header: nothing was imported from it\n")
      let items = try program.run(["import", "--items", name])
      #expect(items.exitCode == 0 && items.errors == result.errors, "\(items.errors)")
    }
  }

  @Test func aFewIdsThatMakeAllOfThemTextAreNamed() throws {
    let lines = (1...20).map { "\($0),\($0 == 7 ? "1O" : String($0 % 5)),3\n" }
    try folder.write("user,item,rating\n" + lines.joined(), to: "ratings.csv")
    let result = try program.run(["import", "ratings.csv", "--quiet"])
    #expect(result.exitCode == 0)
    #expect(result.errors.hasPrefix("warning: item ids are text from now on"))
    #expect(result.errors.contains("1 of 20 is not"))
    #expect(result.errors.contains("\"1O\" (ratings.csv, line 8, column 2 (item))"))
    #expect(result.errors.contains("--item-id-type integer"))
    let remedied = try program.run([
      "import", "ratings.csv", "--item-id-type", "integer", "--store", "sqlite:new.sqlite",
      "--rejects", "bad.csv",
    ])
    #expect(remedied.output.contains("items integer") && remedied.output.contains("1 rejected"))
  }

  @Test func aFileWithoutValuesDoesNotReplaceRatings() throws {
    try folder.write("userId,movieId,rating\n1,10,4.5\n", to: "ratings.csv")
    try folder.write("userId,movieId,tag,timestamp\n1,10,funny,1342575343\n", to: "tags.csv")
    let clicks = try program.run([
      "import", "tags.csv", "--quiet", "--store", "sqlite:clicks.sqlite",
    ])
    #expect(clicks.exitCode == 0 && clicks.output.isEmpty)
    #expect(
      clicks.errors.hasPrefix(
        "warning: tags.csv has no value column: every line counts as a rating of 1, and the column "
          + "tag was not read"))
    #expect(try program.run(["import", "ratings.csv", "--quiet"]).exitCode == 0)
    let refused = try program.run(["import", "tags.csv"])
    #expect(refused.exitCode == 1 && refused.output.isEmpty)
    let columns = ["--columns", "user=userId,item=movieId,time=timestamp"]
    #expect(refused.errors.hasPrefix("error: tags.csv: no value column"))
    #expect(refused.errors.contains(columns[1]) && refused.errors.contains("--columns"))
    #expect(try program.run(["ratings", "--user", "1", "--format", "csv"]).output.contains("4.5"))
    let meant = try program.run(["import", "tags.csv"] + columns)
    #expect(meant.exitCode == 0 && meant.errors.isEmpty)
    #expect(meant.output.contains("no value column: every line counts as a rating of 1"))
    #expect(meant.output.contains("1 replaced"))
  }

  @Test func aFileWithoutAGoodLineIsAnError() throws {
    let none = try program.run(["import", "-", "--rejects", "bad.csv"], input: "1,2,x\n1,3,y\n")
    #expect(none.exitCode == 1 && none.output.isEmpty)
    #expect(none.errors.contains("all 2 lines are bad: nothing was imported"))
    #expect(none.errors.contains("The first error: standard input, line 1, column 3"))
    let one = try program.run(["import", "-", "--rejects", "bad.csv"], input: "1,2,x\n1,3,4\n")
    #expect(one.exitCode == 0)
    #expect(one.errors.contains("warning: 1 bad line is in bad.csv"))
  }

  @Test func filesWithoutRowsAreTold() throws {
    try folder.write("", to: "empty.csv")
    try folder.write("user,item,rating\n", to: "header.csv")
    try folder.write("1,2,3\n", to: "one.csv")
    try folder.write("id,title\n", to: "items.csv")
    let result = try program.run([
      "import", "empty.csv", "header.csv", "one.csv", "--items", "items.csv",
    ])
    #expect(result.exitCode == 0)
    for name in ["empty.csv", "header.csv", "items.csv"] {
      #expect(result.errors.contains("warning: \(name) is empty"), "\(result.errors)")
    }
    #expect(!result.errors.contains("one.csv"))
    let rejected = try program.run(["import", "-", "--rejects", "bad.csv"], input: "1,2,x\n")
    #expect(!rejected.errors.contains("is empty"))
  }

  @Test func anImportThatFailsLeavesNoRejects() throws {
    try folder.write("1,2,x\n3,4,9\n", to: "ratings.csv")
    let arguments = ["import", "ratings.csv", "--rejects", "bad.csv"]
    #expect(try program.run(["import", "-", "--scale", "0..10"], input: "1,2,3\n").exitCode == 0)
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(try program.run(arguments + ["--scale", "0..9"]).exitCode == 1)
    #expect(
      try program.run(arguments + ["--scale", "0..10", "--user-id-type", "text"]).exitCode == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before)
    #expect(try program.run(arguments).exitCode == 0)
    #expect(try String(contentsOfFile: folder.path("bad.csv"), encoding: .utf8) == "1,2,x\n")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count == before.count + 2, "\(names)")
  }

  @Test func whatHoldsBytesAndNoRecordIsAnError() throws {
    let json = "{" + String(repeating: "\"key\": 1, ", count: 10_000) + "\"end\": 1}"
    for input in [json, String(repeating: "\0", count: 100_000), "\n", "\"\n"] {
      let result = try program.run(["import", "-"], input: input)
      #expect(result.exitCode == 1 && result.output.isEmpty, "\(result.output)")
      #expect(result.errors.hasPrefix("error: standard input: "), "\(result.errors.prefix(200))")
    }
    try folder.write("1,2,3\n", to: "ratings.csv")
    let items = try program.run(
      ["import", "ratings.csv", "--items", "-"], input: "\n\n")
    #expect(
      items.exitCode == 1
        && items.errors.hasPrefix("error: standard input: it has only blank lines"))
  }

  @Test func whatNeverEndsIsNotKeptForEver() throws {
    let zeros = try program.run(["import", "/dev/zero"])
    #expect(zeros.exitCode == 1)
    #expect(zeros.errors.hasPrefix("error: /dev/zero: it is not text"), "\(zeros.errors)")
    try folder.write(String(repeating: "x", count: 2 << 20), to: "long.csv")
    let long = try program.run(["import", "long.csv"])
    #expect(long.errors.hasPrefix("error: long.csv, line 1: a line of more than 1048576 bytes"))
    let lines = String(repeating: "1,2,3\n", count: 200_000)
    let limited = ["import", "-", "--spool-limit", "1"]
    let refused = try program.run(limited, input: lines)
    #expect(refused.exitCode == 1)
    #expect(refused.errors.contains("the input exceeds 1 MiB"), "\(refused.errors)")
    #expect(refused.errors.contains("--user-id-type and --item-id-type"))
    let types = ["--user-id-type", "integer", "--item-id-type", "integer"]
    #expect(try program.run(limited + types, input: lines).exitCode == 0)
    #expect(try program.run(["import", "-", "--spool-limit", "0"]).exitCode == 64)
  }

  @Test func rejectsThatNobodyHasMendedAreKept() throws {
    try folder.write("1,2,x\n3,4,5\n", to: "ratings.csv")
    let arguments = ["import", "ratings.csv", "--rejects", "bad.csv"]
    #expect(try program.run(arguments).exitCode == 0)
    try folder.write("3,4,5\n", to: "ratings.csv")
    let again = try program.run(arguments)
    #expect(again.exitCode == 1)
    #expect(again.errors.contains("bad.csv: already exists"))
    #expect(try String(contentsOfFile: folder.path("bad.csv"), encoding: .utf8) == "1,2,x\n")
    // The reasons alone are worth keeping, too; empty files are not.
    try folder.write("", to: "bad.csv")
    #expect(try program.run(arguments).exitCode == 1)
    try folder.write("", to: "bad.csv.reasons")
    #expect(try program.run(arguments).exitCode == 0)
    #expect(try program.run(arguments).exitCode == 0)
  }

  @Test func importingAgainChangesNothingThoughPairsRepeat() throws {
    try folder.write("user,item,rating\n1,1,3\n1,1,4\n2,1,5\n", to: "ratings.csv")
    #expect(
      try program.run(["import", "ratings.csv"]).output.contains(
        "2 added, 0 replaced, 0 unchanged, 1 merged")
    )
    #expect(
      try program.run(["import", "ratings.csv"]).output.contains(
        "0 added, 0 replaced, 2 unchanged, 1 merged")
    )
  }

  /// Each suggested remedy leads to an import: none leads in a circle.
  @Test func remediesForAHeaderLeadToAnImport() throws {
    try folder.write("who,what,how,when,where\na,b,3,1342575343,x\n", to: "five.csv")
    let five = try program.run(["import", "five.csv"])
    #expect(five.errors.contains("who, what, how, when, where"))
    #expect(five.errors.contains(" user=NAME,item=NAME,value=NAME,time=NAME"))
    let named = ["--columns", "user=who,item=what,value=how,time=when"]
    #expect(try program.run(["import", "five.csv"] + named).output.contains("1 added"))
    try folder.write("who,what,how\na,b,3\n", to: "three.csv")
    let three = try program.run(["import", "three.csv", "--store", "sqlite:three.sqlite"])
    #expect(
      three.output.contains("user=who by order, item=what by order, value=how by its numbers"))
    try folder.write("who,what,how\n1,2,3\n", to: "numbers.csv")
    let header = try program.run(["import", "numbers.csv"])
    #expect(header.errors.contains("Its columns: who, what, how."))
    #expect(header.errors.contains(" user=NAME,item=NAME,value=NAME"))
    try folder.write("a,b,3\nc,d,4\n", to: "none.csv")
    let none = try program.run(["import", "none.csv"] + named)
    #expect(none.errors.contains("give the columns by number"))
    let numbered = ["--columns", "user=1,item=2,value=3", "--store", "sqlite:new.sqlite"]
    #expect(try program.run(["import", "none.csv"] + numbered).output.contains("2 added"))
    try folder.write("x,x,x\na,b,3\n", to: "same.csv")
    let same = try program.run(["import", "same.csv", "--columns", "user=x,item=x,value=x"])
    #expect(same.errors.contains("user=1,item=2,value=3"))
    let told = ["--header", "--columns", "user=1,item=2,value=3", "--store", "sqlite:new.sqlite"]
    #expect(
      try program.run(["import", "same.csv"] + told).output.contains("0 replaced, 1 unchanged"))
  }
}
