import Errors
import Foundation
import Testing

/// Tests the descriptions of system errors and their remedies.
@Suite struct SystemErrorTests {
  @Test func theLastCallsErrorIsTaken() {
    errno = ENOENT
    let error = SystemError()
    errno = 0
    #expect(error.number == ENOENT)
    #expect(error.description == SystemError(ENOENT).description)
    #expect(error.description != SystemError(EACCES).description)
  }

  @Test func limitsAndRightsHaveARemedyOfTheirOwn() throws {
    #expect(SystemError(EMFILE).remedy(else: "other").contains("ulimit -n"))
    #expect(SystemError(EACCES).remedy(else: "other").contains("access to it"))
    // The message may be read by another user, who has the permission, so it names the user who lacks it.
    let user = try #require(getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) })
    #expect(SystemError(EACCES).remedy(else: "other").hasPrefix("Give the user \(user) access"))
    #expect(SystemError(ENOENT).remedy(else: "other") == "other")
  }
}
